// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/compared_runs.h"
#include "ui/plots/series_store.h"
#include "ui/widgets/save_file.h"

#include <QDialog>

class QCheckBox;
class QHBoxLayout;
class QTableWidget;
class QTabWidget;

namespace saddle {

class Banner;
class ComparePictures;
class PlotsPanel;

/// Runs laid side by side: their curves over each other, their grids, and the settings in which they differ.
///
/// Object names: compareTabs, compareAdd, compareReload, compareExport, compareBanner, compareSettings,
/// compareOnlyDiffering, and "compareShow_A", "compareRemove_A" ... by the runs' letters.
class CompareWindow : public QDialog {
    Q_OBJECT

public:
    using FolderDialog = std::function<QString(QWidget* parent, const QString& title)>;

    CompareWindow(const Catalog& catalog, FolderDialog openFolder, SaveDialog saveFile, QWidget* parent = nullptr);
    ~CompareWindow() override;

    /// Adds runs by their folders. What cannot be added is told of in the window.
    void addRuns(const QStringList& folders);
    const ComparedRuns& runs() const { return m_runs; }
    PlotsPanel* plots() const { return m_plots; }
    ComparePictures* pictures() const { return m_pictures; }

    /// The curves that are shown, over each other with the runs' names above: as PNG, or SVG by the file's ending.
    Status saveCurves(const QString& path);

Q_SIGNALS:
    void saved(const QString& file);

protected:
    void changeEvent(QEvent* event) override;

private:
    QWidget* makeHeader();
    QWidget* makeSettings();
    void askForRun();
    void reload();
    void rebuild();
    void fillRuns();
    void fillSettings();
    void askSave(SaveFormat format);
    void say(const QStringList& problems);

    ComparedRuns m_runs;
    SeriesStore m_store;
    std::vector<bool> m_shown; ///< by run
    FolderDialog m_openFolder;
    SaveDialog m_saveFile;
    Banner* m_banner;
    QWidget* m_chips; ///< a box with a swatch for each run
    QTabWidget* m_tabs;
    PlotsPanel* m_plots;
    ComparePictures* m_pictures;
    QTableWidget* m_settings;
    QCheckBox* m_onlyDiffering;
};

} // namespace saddle
