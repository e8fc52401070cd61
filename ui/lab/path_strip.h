// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/path.h"
#include "core/video/film.h"
#include "ui/widgets/save_file.h"

#include <QTimer>
#include <QWidget>

class QBoxLayout;
class QCheckBox;
class QDoubleSpinBox;
class QLabel;
class QListWidget;
class QPushButton;
class QSlider;
class QSpinBox;
class QToolButton;

namespace saddle {

class ElidingCombo;
class Lab;
class LatentDocument;
class ProgressRow;

/// Key frames in a strip, and the walk over them: played, scrubbed, saved as a film. What the walk passes is a preview:
/// the latent stays what it is until a key frame is taken.
class PathStrip : public QWidget {
    Q_OBJECT

public:
    struct Dialogs {
        std::function<QString(QWidget*, const QString& title, const QString& filter)> openFile;
        SaveDialog saveFile;
    };

    PathStrip(Lab* lab, LatentDocument* document, Dialogs dialogs, QWidget* parent = nullptr);
    ~PathStrip() override;

    const LatentPath& path() const { return m_path; }
    /// The frame in view; -1 while none is previewed.
    std::int64_t frame() const { return m_frame; }
    bool isPlaying() const { return m_play.isActive(); }

public Q_SLOTS:
    /// The latent of now, at the end.
    void addKey();
    void togglePlay();
    void stop();
    void openPath();
    void savePath();
    void exportFilm();
    void showSheet();

Q_SIGNALS:
    /// A frame of the path is to be shown in place of the document's picture.
    void preview(const saddle::Latents& latents);
    void saved(const QString& file);
    void problem(const QString& text);

protected:
    void changeEvent(QEvent* event) override;

private:
    class Change;

    void makeControls(QBoxLayout* column);
    void makeOptions(QBoxLayout* column);
    void edit(const QString& what, LatentPath after);
    void put(const LatentPath& path);
    void readOptions();
    void fillList();
    void askThumbnails();
    void takeKey(int row);
    void removeKeys();
    void replaceKey(int row);
    void moveKey(int row, int by);
    void keysMoved();
    void renameKey(int row, const QString& name);
    void showMenu(const QPoint& place);
    void advance();
    void showFrame(std::int64_t frame);
    void update();
    void updateIcons();
    void onReset();

    Lab* m_lab;
    LatentDocument* m_document;
    Dialogs m_dialogs;
    LatentPath m_path;
    std::int64_t m_frame = -1;
    QTimer m_play;
    bool m_filling = false;

    QListWidget* m_keys;
    QToolButton* m_playButton;
    QSlider* m_scrub;
    QLabel* m_place;
    QPushButton* m_add;
    QToolButton* m_more;
    ElidingCombo* m_interpolation;
    QSpinBox* m_perSegment;
    QDoubleSpinBox* m_rate;
    QCheckBox* m_loop;
    QPushButton* m_export;
    QPushButton* m_sheet;
    ProgressRow* m_progress;
};

} // namespace saddle
