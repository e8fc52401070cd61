// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/lab.h"
#include "ui/lab/generator_dialogs.h"
#include "ui/lab/latent_picture.h"
#include "ui/widgets/save_file.h"

#include <QWidget>

#include <filesystem>

class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QSplitter;
class QStackedWidget;
class QTabWidget;
class QToolButton;
class QUndoStack;
class QVBoxLayout;

namespace saddle {

class Banner;
class CanvasPanel;
class ElidingCombo;
class GeneratorExport;
class GeneratorOpener;
class ImageView;
class LatentDocument;
class LatentSliders;
class PathStrip;
class PlaneView;
class ProgressRow;
class RunFollower;
class RunTimeline;
class TimeBar;
class Workbench;
struct RealData;

/// What the panel asks the desktop for. Tests put their own.
struct LatentDialogs {
    std::function<QString(QWidget*, const QString& title, const QString& filter)> openFile;
    std::function<QString(QWidget*, const QString& title)> openFolder;
    SaveDialog saveFile;
    GeneratorDialogs generator;
};

/// The latent lab: a generator, the picture of one latent, and everything that shapes it.
class LatentPanel : public QWidget {
    Q_OBJECT

public:
    LatentPanel(Workbench* workbench, RunTimeline* timeline, LatentTools tools, LatentDialogs dialogs,
        QWidget* parent = nullptr);
    ~LatentPanel() override;

    Lab* lab() const { return m_lab; }
    LatentDocument* document() const { return m_document; }
    QUndoStack* undoStack() const;
    /// What is in view; null until one was made.
    std::shared_ptr<const LatentPicture> shown() const { return m_shown; }

    /// A run, a checkpoint or a generator's file, whatever its name. What cannot be opened is told of in the banner.
    void open(const QString& path);
    void askForFile();
    void askForExport();
    GeneratorOpener* opener() const { return m_opener; }
    TimeBar* timeBar() const { return m_time; }
    /// The run on the bench, as it trains, or where its timeline stands.
    void followRun();
    /// The canvas of the run on the bench, in front.
    void showCanvas();

    QSize minimumSizeHint() const override { return {360, 300}; } // the docks are away while it is in front

Q_SIGNALS:
    void saved(const QString& file);
    /// The picture of now was made; it is in `shown`.
    void pictureChanged();

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    /// What the banner says.
    enum class Told {
        Nothing, ///< or what is known of the generator
        Time, ///< that no checkpoint is as old as the step that is looked at
        Refusal, ///< why something could not be done
        RefusalOfRun, ///< the same of the run's own weights: it ends when newer ones come
    };

    void makeSource(QVBoxLayout* column);
    QWidget* makePicture();
    QLayout* makeSeedRow();
    QLayout* makeEditRow();
    void connectAll();
    void updateIcons();

    void showTime();
    void fillSources();
    void chooseSource(int index);
    void onOpened();
    void onRefreshed();
    void onOpenedByName(const QString& path);
    /// What was taken to be so of the generator that is open.
    void showNotes();
    void describe();
    void refuse(const QString& why);
    void draw();
    void drawSeed(quint64 seed);
    void randomise(bool lockedToo);
    void requestPicture(const Latents& latents);
    void showPicture(const Latents& latents, const Samples& samples);
    void copyLatent();
    void pasteLatent();
    void save();
    void updateButtons();
    /// What the generator in view learned from, or why that cannot be had.
    Result<RealData> realData() const;

    Workbench* m_workbench;
    RunTimeline* m_timeline;
    LatentDialogs m_dialogs;
    Lab* m_lab;
    RunFollower* m_follower;
    LatentDocument* m_document;
    std::shared_ptr<const LatentPicture> m_shown;
    Latents m_wanted; ///< whose picture was asked for last
    std::shared_ptr<const Samples> m_realPoints; ///< of the run on the bench
    GeneratorOpener* m_opener;
    GeneratorExport* m_exporter;
    Told m_told = Told::Nothing; ///< since the run on the bench began
    std::filesystem::path m_opened; ///< what was opened by name; empty: the run on the bench is followed

    Banner* m_banner;
    ProgressRow* m_exporting;
    ElidingCombo* m_source;
    ElidingCombo* m_weights;
    QPushButton* m_open;
    QPushButton* m_export;
    QPushButton* m_layers;
    QLabel* m_about;
    QSplitter* m_splitter;
    LatentSliders* m_sliders;
    QTabWidget* m_steering;
    QTabWidget* m_centre;
    CanvasPanel* m_canvas;
    QStackedWidget* m_stack;
    ImageView* m_view;
    PlaneView* m_plane;
    QSpinBox* m_seed;
    QToolButton* m_seedBack;
    QToolButton* m_seedForward;
    QToolButton* m_random;
    QDoubleSpinBox* m_truncation;
    QLabel* m_labelName;
    ElidingCombo* m_label;
    QToolButton* m_undo;
    QToolButton* m_redo;
    QToolButton* m_reset;
    QPushButton* m_copy;
    QPushButton* m_paste;
    QPushButton* m_save;
    QTabWidget* m_tools;
    PathStrip* m_path;
    TimeBar* m_time;
};

} // namespace saddle
