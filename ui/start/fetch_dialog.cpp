// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/fetch_dialog.h"

#include "core/libtorch/find.h"
#include "ui/widgets/buttons.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

namespace saddle {

namespace {

constexpr const char* jobKey = "fetch";
constexpr int leastWidth = 520;
constexpr std::chrono::milliseconds redraw{100};

} // namespace

FetchDialog::FetchDialog(FetchRequest request, QWidget* parent)
    : QDialog(parent)
    , m_request(std::move(request))
    , m_words(new QLabel)
    , m_bar(new QProgressBar)
    , m_fetch(pushButton("fetchButton", tr("Fetch LibTorch")))
    , m_quit(pushButton("quitButton", tr("Quit")))
{
    setWindowTitle(tr("Saddle: first start"));
    setMinimumWidth(leastWidth);
    auto* why = new QLabel(
        tr("Saddle computes with LibTorch %1, which is too large to come with it. It is fetched once (%2) from %3 into "
           "%4.")
            .arg(QString::fromStdString(m_request.list.version()), QString::fromStdString(sizeWords(m_request.list)),
                QString::fromStdString(hostOf(m_request.index)),
                QString::fromStdString(libtorchFolder(m_request).string())));
    for (QLabel* label : {why, m_words}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    m_words->setObjectName(QStringLiteral("fetchWords"));
    m_words->setText(QString::fromStdString(giveLibtorch(m_request.list.version())));
    m_bar->setObjectName(QStringLiteral("fetchProgress"));
    m_bar->setRange(0, 1);
    m_bar->setTextVisible(false);

    auto* buttons = new QDialogButtonBox;
    buttons->addButton(m_fetch, QDialogButtonBox::ActionRole);
    buttons->addButton(m_quit, QDialogButtonBox::RejectRole);
    m_fetch->setDefault(true);
    connect(m_fetch, &QPushButton::clicked, this, &FetchDialog::fetch);
    connect(buttons, &QDialogButtonBox::rejected, this, &FetchDialog::reject);

    auto* column = new QVBoxLayout(this);
    column->addWidget(why);
    column->addWidget(m_bar);
    column->addWidget(m_words);
    column->addWidget(buttons);
}

void FetchDialog::fetch()
{
    m_fetching = true;
    m_fetch->setEnabled(false);
    m_quit->setText(tr("Cancel"));
    m_thread.post(jobKey, [this](const std::stop_token& stop) {
        FetchWords::Clock::time_point shown{};
        const Result<Ended> ended = fetchLibtorch(m_request, [&](const FetchProgress& progress) {
            const auto now = FetchWords::Clock::now();
            if (now - shown >= redraw) {
                shown = now;
                QMetaObject::invokeMethod(this, [this, progress] { showProgress(progress); });
            }
            return !stop.stop_requested();
        });
        QMetaObject::invokeMethod(this, [this, ended] { end(ended); });
    });
}

void FetchDialog::reject()
{
    if (!m_fetching) {
        QDialog::reject();
        return;
    }
    // The end of the work closes the window.
    m_quit->setEnabled(false);
    m_words->setText(tr("Stopping …"));
    if (m_thread.cancel(jobKey)) // it had not begun
        end(Ended::Cancelled);
}

void FetchDialog::showProgress(const FetchProgress& progress)
{
    if (!m_fetching || !m_quit->isEnabled())
        return;
    constexpr int parts = 1000;
    const bool known = progress.total > 0;
    const double done = known ? static_cast<double>(progress.done) / static_cast<double>(progress.total) : 0;
    m_bar->setRange(0, known ? parts : 0);
    m_bar->setValue(static_cast<int>(done * parts));
    const QString what = QString::fromStdString(progress.what);
    const QString figures = QString::fromStdString(m_figures.figures(progress, FetchWords::Clock::now()));
    m_words->setText(figures.isEmpty() ? what + QStringLiteral(" …") : what + QStringLiteral(": ") + figures);
}

void FetchDialog::end(const Result<Ended>& ended)
{
    m_fetching = false;
    if (ended) {
        done(*ended == Ended::Done ? QDialog::Accepted : QDialog::Rejected);
        return;
    }
    m_bar->setRange(0, 1);
    m_bar->setValue(0);
    m_words->setText(QString::fromStdString(
        ended.error().sentence() + "\n\n" + fetchCancelled + "\n" + giveLibtorch(m_request.list.version())));
    m_fetch->setText(tr("Try again"));
    m_fetch->setEnabled(true);
    m_quit->setText(tr("Quit"));
    m_quit->setEnabled(true);
    m_fetch->setFocus();
}

} // namespace saddle
