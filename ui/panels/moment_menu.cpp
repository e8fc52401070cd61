// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/moment_menu.h"

#include <QAction>
#include <QCoreApplication>
#include <QMenu>

#include <algorithm>

namespace saddle {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("MomentMenu", text);
}

} // namespace

void addMomentActions(QMenu* menu, const RunTimeline& timeline, qint64 step, const StepAction& goTo,
    const StepAction& rewind, const StepAction& fork)
{
    const std::vector<RunTimeline::Moment>& moments = timeline.moments();
    const auto nearest = std::min_element(moments.begin(), moments.end(),
        [step](const auto& one, const auto& other) { return std::abs(one.step - step) < std::abs(other.step - step); });
    if (nearest == moments.end() || step < 0)
        return;
    const qint64 at = nearest->step;
    const auto add = [menu, at](const char* name, const QString& text, const StepAction& run) {
        QAction* action = menu->addAction(text.arg(xText(static_cast<double>(at), XAxis::Step)));
        action->setObjectName(QLatin1String(name));
        QObject::connect(action, &QAction::triggered, menu, [run, at] { run(at); });
        return action;
    };
    add("momentGo", tr("&Go to step %1"), goTo);
    const bool checkpoint = !nearest->checkpoint.empty();
    for (QAction* action : {add("momentRewind", tr("&Rewind to step %1"), rewind),
             add("momentFork", tr("Fork from step %1\u2026"), fork)}) {
        action->setEnabled(checkpoint);
        if (!checkpoint)
            action->setToolTip(tr("No checkpoint was saved at this step"));
    }
    menu->setToolTipsVisible(true);
}

QMenu* makeMomentMenu(QWidget* owner, const RunTimeline& timeline, qint64 step, const StepAction& goTo,
    const StepAction& rewind, const StepAction& fork)
{
    if (timeline.isEmpty() || step < 0)
        return nullptr;
    auto* menu = new QMenu(owner);
    addMomentActions(menu, timeline, step, goTo, rewind, fork);
    return menu;
}

} // namespace saddle
