// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/engine.h"
#include "ui/widgets/save_file.h"

#include <QTimer>
#include <QWidget>

#include <filesystem>

class QCheckBox;
class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QStackedWidget;

namespace saddle {

class Banner;
class GridExport;
class ImageView;
class PlaneView;
class ProgressRow;
class RunTimeline;
class Tag;
class TimeBar;

/// Asks for a folder and returns its path, empty when the user thought better of it.
using FolderDialog = std::function<QString(QWidget* parent, const QString& title)>;
FolderDialog systemFolderDialog();

/// The samples of a run: live while it trains, or the grid that was kept at the step its timeline stands at, with real
/// ones beside on demand. Never blank: before anything is trained it shows the real images, while loading how far that
/// is.
class SamplesPanel : public QWidget {
    Q_OBJECT

public:
    /// The timeline outlives the panel.
    explicit SamplesPanel(RunTimeline* timeline, QWidget* parent = nullptr);
    ~SamplesPanel() override;

    /// The newest samples. While a kept grid is looked at they change nothing on the screen.
    void setSamples(std::shared_ptr<const Samples> samples);
    void setRealSamples(std::shared_ptr<const Samples> samples);
    /// Forgets samples and messages.
    void clear();

    /// What is shown while there is nothing to see yet. A fraction below 0: nobody knows; empty words: loading is over.
    void setLoading(const QString& what, double fraction);
    /// As a fraction: the words alone, for nothing goes on.
    static constexpr double notLoading = 2;

    /// Writes what is shown, live or kept. A failure is said in the panel.
    bool exportGrid(const QString& file);
    /// Copies every kept grid into a folder, little by little. Never overwrites: a file that is there already with the
    /// same content is left, and where a name is taken by another, a number is put behind it.
    void exportAllGrids(const QString& folder);
    bool isExporting() const;
    /// The same, asking for the file or folder first.
    void askExport();
    void askExportAll();

    TimeBar* timeBar() const { return m_time; }

    void setSaveDialog(const SaveDialog& dialog);
    void setFolderDialog(FolderDialog dialog) { m_folderDialog = std::move(dialog); }

Q_SIGNALS:
    /// Something went wrong, in words for a person. The panel's own banner has said it already.
    void problem(const QString& what);
    void saved(const QString& file);

protected:
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    enum class Shown { Nothing, Unreadable, Real, Live, KeptGrid };

    // samples_panel_layout.cpp
    QWidget* makeHeader();
    QWidget* makeCentre();
    ProgressRow* makeExportRow();
    QWidget* makeSide(ImageView*& view, const char* name, QLabel*& caption);
    void linkViews(ImageView* from, ImageView* to);

    void updateHeader();
    void updateCaptions();
    void updateZoom(int zoom);
    void updateColours();
    void showNothing();

    // samples_panel.cpp
    void follow();
    void onMoved();
    void onMoments();
    bool holdsPoints() const;
    std::vector<std::filesystem::path> keptFiles() const;
    void present();
    void showSamples(const Samples& samples, Shown shown);
    void showKept(qint64 step, const std::filesystem::path& file);
    void showGrid(Image image, const PngText& text);
    PngText pngText() const;
    QString suggestedStem() const;
    void exportEnded();
    void report(const QString& what);

    RunTimeline* m_timeline;
    Banner* m_banner;
    QLabel* m_title = nullptr;
    Tag* m_average = nullptr;
    Tag* m_state = nullptr;
    QCheckBox* m_showReal = nullptr;
    QComboBox* m_zoom = nullptr;
    QPushButton* m_export = nullptr;
    QAction* m_exportGrid = nullptr;
    QAction* m_exportAll = nullptr;
    QStackedWidget* m_centre = nullptr;
    QWidget* m_waiting = nullptr;
    QWidget* m_realSide = nullptr;
    QLabel* m_waitingText = nullptr;
    QProgressBar* m_waitingBar = nullptr;
    QWidget* m_grids = nullptr;
    ImageView* m_view = nullptr;
    ImageView* m_realView = nullptr;
    QLabel* m_caption = nullptr;
    QLabel* m_realCaption = nullptr;
    PlaneView* m_plane = nullptr;
    TimeBar* m_time = nullptr;
    ProgressRow* m_exportRow = nullptr;
    GridExport* m_exporter = nullptr;

    QTimer m_decode; ///< a dragged slider decodes only the grid it reached
    SaveDialog m_saveDialog = systemSaveDialog();
    FolderDialog m_folderDialog = systemFolderDialog();

    std::shared_ptr<const Samples> m_live;
    std::shared_ptr<const Samples> m_real;
    Shown m_shown = Shown::Nothing;
    qint64 m_shownStep = 0;
    std::filesystem::path m_shownFile; ///< of the kept grid that is shown
    QString m_decodeProblem;
    QString m_loading;
    double m_fraction = -1;
};

} // namespace saddle
