// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/own_image_pane.h"

#include "core/io/fit_image.h"
#include "core/runs/run_folder.h"
#include "ui/bridge/lab.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/picture_file.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/note_label.h"
#include "ui/widgets/progress_row.h"

#include <QApplication>
#include <QClipboard>
#include <QDoubleSpinBox>
#include <QDropEvent>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QShortcut>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

#include <chrono>
#include <cmath>
#include <limits>
#include <mutex>

namespace saddle {

namespace {

constexpr int margin = 8;
constexpr int gap = 6;
constexpr int pictureSide = 150;
constexpr int anyClass = -1;
const std::string searchKey = "own image";
constexpr std::chrono::milliseconds betweenPictures{100};

} // namespace

struct OwnImagePane::Board {
    std::mutex mutex;
    std::optional<Samples> picture; ///< not yet taken
    double error = 0;
};

OwnImagePane::OwnImagePane(Lab* lab, LatentDocument* document, OpenDialog openFile, QWidget* parent)
    : QWidget(parent)
    , m_lab(lab)
    , m_document(document)
    , m_openFile(std::move(openFile))
    , m_banner(new Banner(this, Banner::Button::Below))
    , m_yours(new ImageView)
    , m_found(new ImageView)
    , m_caption(new QLabel)
    , m_open(new QPushButton(tr("Open…")))
    , m_paste(new QPushButton(tr("Paste")))
    , m_steps(new QSpinBox)
    , m_weight(new QDoubleSpinBox)
    , m_labelName(new QLabel(tr("Class")))
    , m_label(new ElidingCombo)
    , m_find(new QPushButton(tr("Fin&d latent")))
    , m_steer(new QPushButton(tr("Steer &it")))
    , m_progress(new ProgressRow(QStringLiteral("ownImage"), tr("Searching")))
    , m_note(new NoteLabel)
{
    setObjectName(QStringLiteral("latentOwnImage"));
    setAcceptDrops(true);
    m_banner->setObjectName(QStringLiteral("ownImageBanner"));
    m_note->setObjectName(QStringLiteral("ownImageNote"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_banner);
    column->addLayout(makePictures());
    column->addLayout(makeOptions());
    column->addWidget(m_progress);
    column->addWidget(m_note);
    column->addStretch(1);
    connectAll();
    onOpened();
}

QLayout* OwnImagePane::makePictures()
{
    m_yours->setObjectName(QStringLiteral("ownImageYours"));
    m_yours->setAccessibleName(tr("Your picture, as large as the generator's"));
    m_yours->setToolTip(tr("The middle of your picture, at the size and in the colours of the generator's"));
    m_found->setObjectName(QStringLiteral("ownImageFound"));
    m_found->setAccessibleName(tr("What the generator makes of the latent that was found"));
    m_found->setNote(tr("Its latent\nis not found yet"));
    m_caption->setObjectName(QStringLiteral("ownImageCaption"));
    m_caption->setToolTip(
        tr("How far the pixels are off: the root of the mean squared difference, of the whole range"));
    auto* pictures = new QHBoxLayout;
    pictures->setSpacing(gap);
    for (ImageView* view : {m_yours, m_found}) {
        view->setFixedHeight(pictureSide);
        pictures->addWidget(view, 1);
    }
    m_open->setObjectName(QStringLiteral("ownImageOpen"));
    m_open->setToolTip(tr("A picture's file; one can also be dropped here"));
    m_paste->setObjectName(QStringLiteral("ownImagePaste"));
    m_paste->setToolTip(tr("The picture on the clipboard (Ctrl+V)"));
    auto* below = new QHBoxLayout;
    below->setSpacing(gap);
    below->addWidget(m_open);
    below->addWidget(m_paste);
    below->addStretch(1);
    below->addWidget(m_caption);
    auto* all = new QVBoxLayout;
    all->setContentsMargins(margin, margin, margin, gap);
    all->setSpacing(gap);
    all->addLayout(pictures);
    all->addLayout(below);
    return all;
}

QLayout* OwnImagePane::makeOptions()
{
    m_steps->setObjectName(QStringLiteral("ownImageSteps"));
    m_steps->setRange(1, 100'000);
    m_steps->setSingleStep(100);
    m_steps->setValue(static_cast<int>(InversionRequest{}.steps));
    m_steps->setToolTip(tr("How long is searched: more steps come nearer"));
    m_weight->setObjectName(QStringLiteral("ownImageWeight"));
    m_weight->setRange(0, 100);
    m_weight->setDecimals(2);
    m_weight->setSingleStep(0.1);
    m_weight->setValue(InversionRequest{}.featureWeight);
    m_weight->setToolTip(
        tr("How much the discriminator's features count beside the pixels: what a picture shows, not only "
           "its shades. 0 compares pixels alone."));
    m_label->setObjectName(QStringLiteral("ownImageLabel"));
    m_label->setToolTip(tr("The class that the picture is made as, or all of them tried"));
    m_find->setObjectName(QStringLiteral("ownImageFind"));
    m_steer->setObjectName(QStringLiteral("ownImageSteer"));
    auto* form = new QFormLayout;
    form->setSpacing(gap);
    form->addRow(tr("Steps"), m_steps);
    form->addRow(tr("Features"), m_weight);
    form->addRow(m_labelName, m_label);
    m_labelName->setBuddy(m_label);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(gap);
    buttons->addWidget(m_find, 1);
    buttons->addWidget(m_steer, 1);
    auto* all = new QVBoxLayout;
    all->setContentsMargins(margin, gap, margin, gap);
    all->setSpacing(gap);
    all->addLayout(form);
    all->addLayout(buttons);
    return all;
}

void OwnImagePane::connectAll()
{
    connect(m_open, &QPushButton::clicked, this, [this] {
        if (const QString path = m_openFile(this, tr("Open a picture"), pictureFilter()); !path.isEmpty())
            open(path);
    });
    const auto paste = [this] { take(*QApplication::clipboard()->mimeData()); };
    connect(m_paste, &QPushButton::clicked, this, paste);
    auto* key = new QShortcut(QKeySequence(QKeySequence::Paste), this);
    key->setContext(Qt::WidgetWithChildrenShortcut);
    connect(key, &QShortcut::activated, this, paste);
    connect(m_find, &QPushButton::clicked, this, &OwnImagePane::find);
    connect(m_steer, &QPushButton::clicked, this, &OwnImagePane::steer);
    connect(m_progress, &ProgressRow::cancelled, this, &OwnImagePane::cancel);
    connect(m_lab, &Lab::opened, this, &OwnImagePane::onOpened);
    for (ImageView* view : {m_yours, m_found}) {
        connect(view, &ImageView::problem, this,
            [this](const QString& what) { m_banner->show(Banner::Kind::Error, what); });
    }
}

void OwnImagePane::open(const QString& path)
{
    setOriginal(readPicture(path));
}

void OwnImagePane::take(const QMimeData& offered)
{
    setOriginal(pictureOf(offered));
}

void OwnImagePane::dragEnterEvent(QDragEnterEvent* event)
{
    if (mayHoldPicture(*event->mimeData()))
        event->acceptProposedAction();
}

void OwnImagePane::dropEvent(QDropEvent* event)
{
    event->acceptProposedAction();
    take(*event->mimeData());
}

void OwnImagePane::setOriginal(const Result<Image>& image)
{
    if (!image)
        return m_banner->show(Banner::Kind::Error, QString::fromStdString(image.error().sentence()));
    m_banner->clear();
    abandon();
    m_original = *image;
    fit();
}

void OwnImagePane::onOpened()
{
    abandon();
    m_banner->clear();
    const auto info = m_lab->info();
    {
        const QSignalBlocker quiet(m_label);
        m_label->clear();
        m_label->addItem(tr("All tried"), anyClass);
        for (std::size_t i = 0; info && i < info->classes.size(); ++i)
            m_label->addItem(QString::fromStdString(info->classes[i]), static_cast<int>(i));
        m_label->fitList();
    }
    const bool labels = info && !info->classes.empty();
    m_label->setVisible(labels);
    m_labelName->setVisible(labels);
    fit();
}

void OwnImagePane::fit()
{
    m_target = {};
    m_latents = {};
    m_found->clear();
    m_caption->clear();
    m_note->hide();
    const auto info = m_lab->info();
    QString note = tr("Drop a picture here,\nopen or paste one");
    if (info && info->shape.size() != 3) {
        note = tr("This generator makes\npoints, no pictures");
    } else if (info && !m_original.empty()) {
        const Result<Image> fitted = fitImage(m_original, info->shape);
        if (fitted)
            m_target = *fitted;
        else
            m_banner->show(Banner::Kind::Error, QString::fromStdString(fitted.error().sentence()));
    }
    m_yours->setNote(note);
    m_yours->setImage(m_target);
    showState();
}

void OwnImagePane::find()
{
    if (m_searching || m_target.empty())
        return;
    m_banner->clear();
    m_note->hide();
    InversionRequest request;
    request.target = m_target;
    request.steps = m_steps->value();
    request.featureWeight = m_weight->value();
    if (const int label = m_label->currentData().toInt(); m_label->count() > 1 && label != anyClass)
        request.label = label;
    m_searching = true;
    m_underWay = false;
    m_board = std::make_shared<Board>();
    const auto work = [request, board = m_board](LabNetworks& networks, const PaintMonitor& monitor) -> Result<Found> {
        using Clock = std::chrono::steady_clock;
        Found found;
        Discriminator* features = nullptr;
        if (request.featureWeight > 0) {
            const Result<Discriminator*> discriminator = networks.discriminator();
            if (discriminator)
                features = *discriminator;
            else
                found.pixelsAlone = discriminator.error().sentence();
        }
        if (!monitor(0, request.steps))
            return Error{"the search was cancelled", "", ""};
        Clock::time_point last{};
        double shown = std::numeric_limits<double>::infinity();
        const auto told = [&](const InversionProgress& progress) {
            if (progress.error != shown && Clock::now() - last >= betweenPictures) {
                if (Result<Samples> picture = networks.generator().make(progress.latents)) {
                    const std::lock_guard lock(board->mutex);
                    board->picture = *std::move(picture);
                    board->error = progress.error;
                }
                shown = progress.error;
                last = Clock::now();
            }
            return monitor(progress.step, progress.steps);
        };
        Result<Inversion> inversion = networks.generator().invert(request, told, features);
        if (!inversion)
            return inversion.error();
        found.inversion = *std::move(inversion);
        return found;
    };
    m_lab->askAtLength<Found>(
        searchKey, this, work,
        [this, board = m_board](std::int64_t done, std::int64_t total) {
            if (board == m_board)
                onProgress(static_cast<int>(done), static_cast<int>(total));
        },
        [this, board = m_board](const Result<Found>& found) {
            if (board == m_board)
                onFound(found);
        });
    showState();
}

void OwnImagePane::onProgress(int done, int total)
{
    m_underWay = true;
    m_progress->show(done, total);
    std::optional<Samples> picture;
    double error = 0;
    {
        const std::lock_guard lock(m_board->mutex);
        picture.swap(m_board->picture);
        error = m_board->error;
    }
    if (picture)
        showBest(*picture, error);
}

void OwnImagePane::abandon()
{
    m_lab->cancel(searchKey);
    m_board.reset();
    m_searching = false;
}

void OwnImagePane::cancel()
{
    if (!m_searching)
        return;
    m_lab->cancel(searchKey);
}

void OwnImagePane::onFound(const Result<Found>& found)
{
    m_searching = false;
    if (!found) {
        if (!Lab::wasCancelled(found.error()))
            m_banner->show(Banner::Kind::Error, QString::fromStdString(found.error().sentence()));
        return showState();
    }
    m_latents = found->inversion.latents;
    showBest(found->inversion.picture, found->inversion.error);
    QStringList notes;
    if (found->inversion.cancelled)
        notes.push_back(
            tr("Cancelled after %L1 steps: this is the best until then.").arg(found->inversion.losses.size()));
    if (!found->pixelsAlone.empty())
        notes.push_back(tr("Pixels alone were compared: %1").arg(QString::fromStdString(found->pixelsAlone)));
    m_note->setText(notes.join(QLatin1Char('\n')));
    m_note->setVisible(!notes.isEmpty());
    showState();
}

void OwnImagePane::showBest(const Samples& picture, double error)
{
    m_found->setImage(saddle::picture(picture));
    m_caption->setText(tr("%L1 % off").arg(100 * std::sqrt(error), 0, 'f', 1));
}

void OwnImagePane::steer()
{
    if (m_latents.dimensions == m_document->dimensions() && m_latents.count() == 1)
        m_document->setLatents(m_latents, tr("Latent of a picture"));
}

void OwnImagePane::showState()
{
    if (!m_searching)
        m_progress->hide();
    else if (!m_underWay)
        m_progress->show(0, 0); // it waits for other long work
    m_find->setEnabled(!m_searching && !m_target.empty());
    m_find->setToolTip(m_target.empty() ? tr("Give a picture first")
                                        : tr("Searches the latent of which the generator makes a picture like yours"));
    m_steer->setEnabled(m_latents.count() == 1 && !m_searching);
    m_steer->setToolTip(m_latents.count() == 1 ? tr("Makes what was found the latent that sliders and directions move")
                                               : tr("Find its latent first"));
    for (QWidget* widget : std::initializer_list<QWidget*>{m_steps, m_weight, m_label})
        widget->setEnabled(!m_searching);
}

} // namespace saddle
