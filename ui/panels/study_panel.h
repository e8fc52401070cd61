// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/study/study_progress.h"

#include <QWidget>

#include <filesystem>
#include <functional>
#include <optional>

class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QSplitter;
class QStackedWidget;
class QTableWidget;

namespace saddle {

class Banner;
class ElidingCombo;
class ImageView;
class PageView;
class StudyBridge;
struct Samples;

/// What the panel asks the desktop for. Tests put their own.
struct StudyDialogs {
    std::function<QString(QWidget*, const QString& title, const QString& filter)> openFile;
    std::function<QString(QWidget*, const QString& title)> openFolder;
    std::function<void(const QString& path)> showFile; ///< in the program the desktop has for it
};

/// Several methods side by side: choose a study, start it, watch its runs, open its page.
class StudyPanel : public QWidget {
    Q_OBJECT

public:
    StudyPanel(StudyBridge* bridge, StudyDialogs dialogs, QWidget* parent = nullptr);

    /// The data that "As in the window" stands for: a resolved data section and its name.
    void setWindowData(const Json& section, const QString& name);
    /// Where studies are kept unless another folder is chosen.
    void setStudiesFolder(const std::filesystem::path& folder);

    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;

Q_SIGNALS:
    /// A study begins: whatever else trains should give way.
    void aboutToStart();

private:
    void makeSetup();
    void makeProgress();
    void chooseStudy(int index);
    void openStudyFile();
    void goOn();
    void chooseFolder();
    void start();
    void begin(Study study, const std::filesystem::path& folder);
    Result<Study> chosenStudy() const;
    Result<std::vector<std::int64_t>> chosenSeeds() const;
    std::filesystem::path chosenFolder(const std::string& name) const;
    void showProgress();
    void showRuns(const Study& study, const std::vector<StudyRunProgress>& runs);
    QString studyFolder() const;
    void say(const QString& caption);
    void showPage();
    void showSamples(const Samples& samples);
    void refuse(const Error& error);

    StudyBridge* m_bridge;
    StudyDialogs m_dialogs;
    std::filesystem::path m_studiesFolder;
    Json m_windowData;
    bool m_pageShown = false;

    Banner* m_banner;
    QWidget* m_setup;
    ElidingCombo* m_study;
    QLabel* m_description;
    ElidingCombo* m_data;
    QSpinBox* m_steps;
    QLineEdit* m_seeds;
    QLineEdit* m_folder;
    QPushButton* m_start;
    QPushButton* m_goOn;
    QPushButton* m_stop;
    QPushButton* m_openPage;
    QPushButton* m_showFolder;
    QTableWidget* m_runs;
    QLabel* m_caption;
    ImageView* m_picture; ///< samples of the run under way
    PageView* m_page;
    QStackedWidget* m_shown; ///< one of the two
    QSplitter* m_splitter;
};

} // namespace saddle
