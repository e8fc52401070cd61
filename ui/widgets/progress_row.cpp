// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/progress_row.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>

namespace saddle {

namespace {

constexpr int margin = 8;

} // namespace

ProgressRow::ProgressRow(const QString& name, const QString& what, QWidget* parent)
    : QWidget(parent)
    , m_what(new QLabel(what))
    , m_bar(new QProgressBar)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(margin, 4, margin, 4);
    row->setSpacing(margin);
    m_bar->setObjectName(name + QStringLiteral("Progress"));
    auto* cancel = new QPushButton(tr("Cancel"));
    cancel->setObjectName(name + QStringLiteral("Cancel"));
    row->addWidget(m_what);
    row->addWidget(m_bar, 1);
    row->addWidget(cancel);
    connect(cancel, &QPushButton::clicked, this, &ProgressRow::cancelled);
    hide();
}

void ProgressRow::show(int done, int total)
{
    m_bar->setFormat(tr("%v of %m"));
    m_bar->setRange(0, total);
    m_bar->setValue(done);
    setVisible(true);
}

void ProgressRow::showPart(double done, const QString& what)
{
    constexpr int percents = 100;
    m_what->setText(what);
    m_bar->setFormat(tr("%p %"));
    m_bar->setRange(0, done < 0 ? 0 : percents);
    m_bar->setValue(static_cast<int>(done * percents));
    setVisible(true);
}

} // namespace saddle
