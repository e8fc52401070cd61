// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/job_thread.h"
#include "core/libtorch/fetch_words.h"

#include <QDialog>

class QLabel;
class QProgressBar;
class QPushButton;

namespace saddle {

/// Asks before the first start whether LibTorch may be fetched, fetches it on a thread, and shows how far it is.
/// Accepted once it is there; rejected by Quit, Cancel and Escape, which keep what has been fetched. After an error it
/// can be tried again.
///
/// Object names: fetchButton, quitButton, fetchProgress, fetchWords.
class FetchDialog : public QDialog {
    Q_OBJECT

public:
    explicit FetchDialog(FetchRequest request, QWidget* parent = nullptr);

    void reject() override;

private:
    void fetch();
    void showProgress(const FetchProgress& progress);
    void end(const Result<Ended>& ended);

    const FetchRequest m_request;
    FetchWords m_figures;
    bool m_fetching = false;
    QLabel* m_words;
    QProgressBar* m_bar;
    QPushButton* m_fetch;
    QPushButton* m_quit;
    JobThread m_thread; ///< last: ends first
};

} // namespace saddle
