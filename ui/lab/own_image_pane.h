// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/inversion.h"
#include "ui/widgets/save_file.h"

#include <QWidget>

#include <functional>
#include <memory>
#include <optional>

class QDoubleSpinBox;
class QLabel;
class QMimeData;
class QPushButton;
class QSpinBox;

namespace saddle {

class Banner;
class ElidingCombo;
class ImageView;
class Lab;
class LatentDocument;
class NoteLabel;
class ProgressRow;

/// A picture of one's own, dropped, opened or pasted: the latent is searched that makes one like it, and is then
/// steered as any other.
class OwnImagePane : public QWidget {
    Q_OBJECT

public:
    using OpenDialog = std::function<QString(QWidget*, const QString& title, const QString& filter)>;

    OwnImagePane(Lab* lab, LatentDocument* document, OpenDialog openFile, QWidget* parent = nullptr);

    /// A picture's file.
    void open(const QString& path);
    /// What a drop or the clipboard holds.
    void take(const QMimeData& offered);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    struct Found {
        Inversion inversion;
        std::string pixelsAlone; ///< why the discriminator took no part; empty: it did, or was not asked
    };
    struct Board; ///< the best so far, from the lab's thread

    QLayout* makePictures();
    QLayout* makeOptions();
    void connectAll();
    void setOriginal(const Result<Image>& image);
    void fit();
    void onOpened();
    void find();
    void cancel();
    /// Whatever the search under way finds is of no interest any more.
    void abandon();
    void onProgress(int done, int total);
    void onFound(const Result<Found>& found);
    void showBest(const Samples& picture, double error);
    void steer();
    void showState();

    Lab* m_lab;
    LatentDocument* m_document;
    OpenDialog m_openFile;
    Image m_original; ///< as it came
    Image m_target; ///< as the generator could make it; empty where it cannot
    Latents m_latents; ///< the best that was found; empty before
    std::shared_ptr<Board> m_board; ///< of the search under way
    bool m_searching = false;
    bool m_underWay = false;

    Banner* m_banner;
    ImageView* m_yours;
    ImageView* m_found;
    QLabel* m_caption;
    QPushButton* m_open;
    QPushButton* m_paste;
    QSpinBox* m_steps;
    QDoubleSpinBox* m_weight;
    QLabel* m_labelName;
    ElidingCombo* m_label;
    QPushButton* m_find;
    QPushButton* m_steer;
    ProgressRow* m_progress;
    NoteLabel* m_note;
};

} // namespace saddle
