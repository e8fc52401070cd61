// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/copying_pane.h"

#include "core/runs/run_folder.h"
#include "ui/bridge/lab.h"
#include "ui/lab/latent_picture.h"
#include "ui/lab/thumbnail.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/note_label.h"
#include "ui/widgets/progress_row.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include <chrono>
#include <mutex>
#include <utility>

namespace saddle {

namespace {

constexpr int margin = 8;
constexpr int gap = 6;
constexpr int thumbnailSide = 56;
constexpr int viewSide = 72;
constexpr std::int64_t parts = 1000; // of a search, for its progress
constexpr double nearlyCopied = 0.5; // of the typical distance
constexpr double suspicious = 0.8;
constexpr std::chrono::milliseconds whenStill{400};
const std::string searchKey = "copying";

/// How the nearest compares with what is usual among real images, in plain words.
QString verdictOf(const Nearest& nearest)
{
    if (nearest.neighbours.empty())
        return {};
    const double distance = nearest.neighbours.front().distance;
    if (nearest.typical <= 0)
        return distance <= 0 ? QObject::tr("The same as a real image.")
                             : QObject::tr("No real image is the same; most have a double in the data.");
    const double ratio = distance / nearest.typical;
    if (ratio < nearlyCopied)
        return QObject::tr("Looks copied: much nearer than real images are to each other.");
    if (ratio < suspicious)
        return QObject::tr("Rather near: look closely at the first ones.");
    return QObject::tr("Not copied: about as far as real images are from each other, or farther.");
}

} // namespace

struct CopyingPane::Store {
    std::string key; ///< of the data there is
    std::optional<Neighbours> neighbours;
};

struct CopyingPane::Board {
    std::mutex mutex;
    std::string what;
    std::optional<Found> pixels; ///< what is nearest in pixels, until it is taken to be shown
};

CopyingPane::CopyingPane(Lab* lab, std::function<Result<RealData>()> realData, QWidget* parent)
    : QWidget(parent)
    , m_lab(lab)
    , m_data(std::move(realData))
    , m_store(std::make_shared<Store>())
    , m_banner(new Banner(this, Banner::Button::Below))
    , m_search(new QPushButton(tr("Fin&d nearest")))
    , m_follow(new QCheckBox(tr("Fo&llow")))
    , m_progress(new ProgressRow(QStringLiteral("copying"), tr("Searching")))
    , m_view(new ImageView)
    , m_verdict(new QLabel)
    , m_note(new NoteLabel)
{
    setObjectName(QStringLiteral("latentCopying"));
    m_banner->setObjectName(QStringLiteral("copyingBanner"));
    m_note->setObjectName(QStringLiteral("copyingNote"));
    auto* columns = new QHBoxLayout;
    columns->setContentsMargins(margin, gap, margin, margin);
    columns->setSpacing(gap);
    columns->addLayout(makeColumn(m_pixels, QStringLiteral("copyingPixels"), tr("In pixels"),
                           tr("The real images whose pixels differ least")),
        1);
    columns->addLayout(makeColumn(m_features, QStringLiteral("copyingFeatures"), tr("In D's features"),
                           tr("The real images that are most alike to the discriminator: what they show counts, not "
                              "where exactly")),
        1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_banner);
    column->addLayout(makeHead());
    column->addWidget(m_progress);
    column->addWidget(m_note);
    column->addLayout(columns, 1);
    m_follows.setSingleShot(true);
    m_follows.setInterval(whenStill);
    connect(&m_follows, &QTimer::timeout, this, [this] { search(Asked::Following); });
    connect(m_search, &QPushButton::clicked, this, [this] { search(Asked::ByHand); });
    connect(m_follow, &QCheckBox::toggled, this, [this](bool on) {
        if (on)
            search(Asked::ByHand);
        else
            m_follows.stop();
    });
    connect(m_progress, &ProgressRow::cancelled, this, [this] {
        m_cancelled = true;
        m_follow->setChecked(false);
        m_lab->cancel(searchKey);
    });
    connect(m_lab, &Lab::opened, this, [this] {
        abandon();
        m_picture.reset();
        m_searched.reset();
        m_store = std::make_shared<Store>();
        m_view->clear();
        m_pixels.list->clear();
        m_features.list->clear();
        m_pixels.words->clear();
        m_features.words->clear();
        m_banner->clear();
        m_note->hide();
        showState();
    });
    showState();
}

QLayout* CopyingPane::makeHead()
{
    m_search->setObjectName(QStringLiteral("copyingSearch"));
    m_follow->setObjectName(QStringLiteral("copyingFollow"));
    m_follow->setToolTip(tr("Searches again whenever the picture stands still"));
    m_view->setObjectName(QStringLiteral("copyingView"));
    m_view->setAccessibleName(tr("The picture that real ones are compared with"));
    m_view->setFixedSize(viewSide, viewSide);
    m_verdict->setObjectName(QStringLiteral("copyingVerdict"));
    m_verdict->setWordWrap(true);
    m_verdict->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(gap);
    buttons->addWidget(m_search);
    buttons->addWidget(m_follow);
    buttons->addStretch(1);
    auto* right = new QVBoxLayout;
    right->setSpacing(gap);
    right->addLayout(buttons);
    right->addWidget(m_verdict, 1);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(margin, margin, margin, gap);
    head->setSpacing(margin);
    head->addWidget(m_view, 0, Qt::AlignTop);
    head->addLayout(right, 1);
    return head;
}

QLayout* CopyingPane::makeColumn(Column& column, const QString& name, const QString& title, const QString& tip)
{
    auto* heading = new QLabel(title);
    QFont bold = heading->font();
    bold.setBold(true);
    heading->setFont(bold);
    heading->setToolTip(tip);
    column.words = new QLabel;
    column.words->setObjectName(name + QStringLiteral("Words"));
    column.words->setWordWrap(true);
    column.words->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    // Both columns' lists begin at the same height.
    column.words->setMinimumHeight(4 * fontMetrics().lineSpacing());
    column.list = new QListWidget;
    column.list->setObjectName(name);
    column.list->setAccessibleName(title);
    column.list->setToolTip(tip);
    column.list->setIconSize({thumbnailSide, thumbnailSide});
    column.list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    column.list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    column.list->setTextElideMode(Qt::ElideRight);
    auto* all = new QVBoxLayout;
    all->setSpacing(2);
    all->addWidget(heading);
    all->addWidget(column.words);
    all->addWidget(column.list, 1);
    return all;
}

void CopyingPane::setPicture(const std::shared_ptr<const LatentPicture>& picture)
{
    m_picture = picture;
    showState();
    if (m_follow->isChecked() && isVisible())
        m_follows.start();
}

void CopyingPane::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_follow->isChecked() && m_picture != m_searched)
        m_follows.start();
}

void CopyingPane::abandon()
{
    m_lab->cancel(searchKey);
    m_board.reset();
    m_follows.stop();
    showState();
}

void CopyingPane::search(Asked asked)
{
    if (m_board || !m_picture || m_picture->samples.isPoints())
        return;
    const Result<RealData> real = m_data();
    if (!real)
        return m_banner->show(Banner::Kind::Warning, QString::fromStdString(real.error().sentence()));
    m_banner->clear();
    m_searched = m_picture;
    m_board = std::make_shared<Board>();
    m_underWay = false;
    m_cancelled = false;
    m_lab->askAtLength<Found>(
        searchKey, this,
        [store = m_store, board = m_board, real = *real, picture = m_picture, asked](LabNetworks& networks,
            const PaintMonitor& monitor) { return work(*store, *board, real, *picture, asked, networks, monitor); },
        [this, board = m_board](std::int64_t done, std::int64_t total) {
            if (board != m_board)
                return;
            m_underWay = true;
            std::optional<Found> pixels;
            {
                const std::lock_guard lock(board->mutex);
                pixels.swap(board->pixels);
                m_progress->showPart(
                    static_cast<double>(done) / static_cast<double>(total), QString::fromStdString(board->what));
            }
            if (pixels)
                showPixels(*pixels);
        },
        [this, board = m_board](const Result<Found>& found) {
            if (board == m_board)
                onFound(found);
        });
    showState();
}

Result<CopyingPane::Found> CopyingPane::work(Store& store, Board& board, const RealData& real,
    const LatentPicture& picture, Asked asked, LabNetworks& networks,
    const std::function<bool(std::int64_t, std::int64_t)>& monitor)
{
    const LoadMonitor told = [&](double done, const std::string& what) {
        {
            const std::lock_guard lock(board.mutex);
            board.what = what;
        }
        return monitor(static_cast<std::int64_t>(done * parts), parts);
    };
    if (!told(0, tr("Searching").toStdString()))
        return loadingCancelled();
    if (!store.neighbours || store.key != real.key) {
        store.neighbours.reset();
        Result<Dataset> loaded = real.load(told);
        if (!loaded)
            return loaded.error();
        Result<Neighbours> made = Neighbours::of(*std::move(loaded), told);
        if (!made)
            return made.error();
        store.neighbours = *std::move(made);
        store.key = real.key;
    }
    Neighbours& neighbours = *store.neighbours;
    Result<Nearest> pixels = neighbours.inPixels(picture.samples, wanted, told);
    if (!pixels)
        return pixels.error();
    Found found{*std::move(pixels), {}, {}, {}};
    const auto name = [&](const Nearest& nearest) {
        for (const Neighbour& one : nearest.neighbours)
            found.names[one.label] = neighbours.labelName(one.label);
    };
    name(found.pixels);
    // They need not wait for the features, which take longer.
    {
        const std::lock_guard lock(board.mutex);
        board.pixels = found;
    }
    if (!told(0, tr("Searching by features").toStdString()))
        return found;
    const Result<Discriminator*> discriminator = networks.discriminator();
    if (!discriminator) {
        found.noFeatures = discriminator.error().sentence();
        return found;
    }
    Discriminator& features = **discriminator;
    if (!neighbours.hasFeatures() || neighbours.featureStep() != features.info().step) {
        if (asked == Asked::Following && neighbours.hasFeatures()) {
            found.noFeatures =
                tr("D has other weights now. “Find nearest” computes the features of all real images anew.")
                    .toStdString();
            return found;
        }
        if (const Status learned = neighbours.learnFeatures(features, told); !learned) {
            found.noFeatures = learned.error().sentence();
            return found;
        }
    }
    const bool labels = !features.info().classes.empty();
    Result<Nearest> nearest = neighbours.inFeatures(
        features, picture.samples, labels ? picture.latents.labels : std::vector<std::int64_t>(), wanted, told);
    if (nearest) {
        name(*nearest);
        found.features = *std::move(nearest);
    } else {
        found.noFeatures = nearest.error().sentence();
    }
    return found;
}

void CopyingPane::onFound(const Result<Found>& found)
{
    const std::shared_ptr<Board> board = std::exchange(m_board, nullptr);
    if (!found) {
        if (!Lab::wasCancelled(found.error()))
            m_banner->show(Banner::Kind::Error, QString::fromStdString(found.error().sentence()));
        m_follow->setChecked(false);
        return showState();
    }
    if (board->pixels) // else they are in view already
        showPixels(*found);
    if (found->features) {
        fill(m_features, *found->features, found->names);
    } else {
        m_features.list->clear();
        m_features.words->clear();
    }
    m_note->setText(QString::fromStdString(found->noFeatures));
    m_note->setVisible(!found->features && !m_cancelled);
    showState();
    if (m_follow->isChecked() && m_picture != m_searched)
        m_follows.start();
}

void CopyingPane::showPixels(const Found& found)
{
    m_view->setImage(picture(m_searched->samples));
    fill(m_pixels, found.pixels, found.names);
    // What was found of another picture does not stand beside it.
    m_features.list->clear();
    m_features.words->setText(tr("Being searched …"));
    showState();
}

void CopyingPane::fill(Column& column, const Nearest& nearest, const std::map<std::int64_t, std::string>& names)
{
    column.words->setText(verdictOf(nearest));
    column.list->clear();
    for (std::size_t i = 0; i < nearest.neighbours.size(); ++i) {
        const Neighbour& one = nearest.neighbours[i];
        const QImage picture = thumbnail(nearest.pictures, static_cast<int>(i));
        const bool larger = picture.width() > thumbnailSide || picture.height() > thumbnailSide;
        const QString distance = nearest.typical > 0 ? tr("%L1 ×").arg(one.distance / nearest.typical, 0, 'f', 2)
                                                     : tr("%L1").arg(one.distance, 0, 'g', 3);
        const QString label = QString::fromStdString(names.at(one.label));
        auto* item =
            new QListWidgetItem(QIcon(QPixmap::fromImage(picture.scaled(thumbnailSide, thumbnailSide,
                                    Qt::KeepAspectRatio, larger ? Qt::SmoothTransformation : Qt::FastTransformation))),
                label.isEmpty() ? distance : distance + QLatin1Char('\n') + label, column.list);
        QStringList tip{tr("Image %L1 of the data").arg(one.index + 1),
            tr("Distance %L1; real images are typically %L2 from the nearest other one")
                .arg(one.distance, 0, 'g', 4)
                .arg(nearest.typical, 0, 'g', 4)};
        if (!label.isEmpty())
            tip.push_back(label);
        if (one.mirrored)
            tip.push_back(tr("Its mirror image is meant, as training mirrors images"));
        item->setToolTip(tip.join(QLatin1Char('\n')));
    }
}

void CopyingPane::showState()
{
    const bool searching = m_board != nullptr;
    if (!searching)
        m_progress->hide();
    else if (!m_underWay && m_progress->isHidden())
        m_progress->showPart(-1, tr("Waiting"));
    const bool points = m_picture && m_picture->samples.isPoints();
    const bool possible = m_picture && !points;
    m_search->setEnabled(possible && !searching);
    m_follow->setEnabled(possible);
    m_search->setToolTip(
        tr("Compares the picture in view with all real images of the run's data; they are loaded the first time"));
    QString words;
    if (points)
        words = tr("This generator makes points of the plane: there are no images to compare.");
    else if (m_pixels.list->count() == 0)
        words = tr("Which real images are nearest to the picture in view?");
    else
        words = tr("× 1 is how far a real image typically is from the nearest other one.");
    m_verdict->setText(words);
}

} // namespace saddle
