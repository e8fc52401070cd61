// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/compared_runs.h"
#include "ui/widgets/save_file.h"

#include <QTimer>
#include <QWidget>

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLabel;
class QPushButton;
class QSlider;
class QStackedWidget;

namespace saddle {

class ImageView;
class WipeView;

/// The kept grids of several runs: side by side at one step or each at its own, or two of them under a divider.
///
/// Object names: compareTime (the slider of all), compareTimeText, compareTogether, compareWipe, wipeFirst, wipeSecond,
/// and "compareGrid_A", "compareTime_A" ... by the runs' letters.
class ComparePictures : public QWidget {
    Q_OBJECT

public:
    explicit ComparePictures(const ComparedRuns* runs, QWidget* parent = nullptr);

    /// Other runs, or others of them are shown.
    void rebuild(const std::vector<bool>& shown);
    void setSaveDialog(const SaveDialog& dialog);
    WipeView* wipe() const { return m_wipe; }

Q_SIGNALS:
    void problem(const QString& what);

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Cell {
        std::size_t run = 0;
        QLabel* caption = nullptr;
        ImageView* view = nullptr;
        QSlider* time = nullptr;
        int grid = -1; ///< which of the run's is shown
        std::filesystem::path file; ///< of it
        Image image;
    };

    QWidget* makeTools();
    void makeCells();
    void present();
    void showGrid(Cell& cell);
    void showWipe();
    void updateCaptions();
    bool wipes() const;

    const ComparedRuns* m_runs;
    std::vector<bool> m_shown;
    std::vector<std::int64_t> m_steps; ///< at which any run kept a grid
    std::vector<Cell> m_cells;
    SaveDialog m_saveDialog = systemSaveDialog();
    QTimer m_decode; ///< a dragged slider decodes only the grids it reached
    QSlider* m_time;
    QLabel* m_timeText;
    QCheckBox* m_together;
    QPushButton* m_wipeButton;
    QComboBox* m_first;
    QComboBox* m_second;
    QStackedWidget* m_stack;
    QWidget* m_sides;
    QGridLayout* m_grid;
    WipeView* m_wipe;
    QLabel* m_empty;
};

} // namespace saddle
