// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/path_strip.h"

#include "core/video/path_film.h"
#include "ui/bridge/lab.h"
#include "ui/lab/film_dialog.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/sheet_window.h"
#include "ui/lab/thumbnail.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/progress_row.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QFileInfo>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <QUndoStack>

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

const std::string thumbnailKey = "key frames";
const std::string filmKey = "film";

} // namespace

class PathStrip::Change : public QUndoCommand {
public:
    Change(PathStrip* strip, const QString& what, LatentPath after)
        : QUndoCommand(what)
        , m_strip(strip)
        , m_before(strip->m_path)
        , m_after(std::move(after))
    {
    }
    void undo() override { m_strip->put(m_before); }
    void redo() override { m_strip->put(m_after); }

private:
    PathStrip* m_strip;
    LatentPath m_before;
    LatentPath m_after;
};

PathStrip::~PathStrip() = default;

void PathStrip::onReset()
{
    stop();
    // What was being made of another generator is told of no more.
    m_lab->cancel(filmKey);
    m_progress->hide();
    m_path.keys.clear();
    m_path.options.interpolation = interpolationFor(m_document->head().latent.distribution);
    put(m_path);
}

void PathStrip::edit(const QString& what, LatentPath after)
{
    if (!(after == m_path))
        m_document->undoStack()->push(new Change(this, what, std::move(after)));
}

void PathStrip::put(const LatentPath& path)
{
    const bool sameKeys = path.keys == m_path.keys && m_keys->count() == static_cast<int>(path.keys.size());
    m_path = path;
    const QSignalBlocker quiet[]{
        QSignalBlocker(m_interpolation), QSignalBlocker(m_perSegment), QSignalBlocker(m_rate), QSignalBlocker(m_loop)};
    m_interpolation->setCurrentIndex(path.options.interpolation == Interpolation::Spherical ? 0 : 1);
    m_perSegment->setValue(static_cast<int>(path.options.framesPerSegment));
    m_rate->setValue(path.options.framesPerSecond);
    m_loop->setChecked(path.options.loop);
    m_play.setInterval(std::max(1, static_cast<int>(std::lround(1000 / path.options.framesPerSecond))));
    if (!sameKeys)
        fillList();
    update();
}

void PathStrip::readOptions()
{
    LatentPath after = m_path;
    after.options.interpolation =
        m_interpolation->currentIndex() == 0 ? Interpolation::Spherical : Interpolation::Linear;
    after.options.framesPerSegment = m_perSegment->value();
    after.options.framesPerSecond = m_rate->value();
    after.options.loop = m_loop->isChecked();
    edit(tr("Change of the path"), std::move(after));
}

void PathStrip::fillList()
{
    m_filling = true;
    m_keys->clear();
    for (std::size_t i = 0; i < m_path.keys.size(); ++i) {
        auto* item = new QListWidgetItem(QString::fromStdString(m_path.keys[i].name));
        item->setData(Qt::UserRole, static_cast<int>(i));
        item->setToolTip(tr("%1: click to take it, drag to move it, Delete to remove it")
                             .arg(QString::fromStdString(m_path.keys[i].name)));
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled | Qt::ItemIsEditable);
        QPixmap empty(m_keys->iconSize());
        empty.fill(palette().color(QPalette::AlternateBase));
        item->setIcon(empty);
        m_keys->addItem(item);
    }
    m_filling = false;
    askThumbnails();
}

void PathStrip::askThumbnails()
{
    if (m_path.keys.empty() || m_document->head().shape.size() != 3)
        return;
    m_lab->ask<Samples>(
        thumbnailKey, this,
        [latents = latentsOf(m_path.keys)](LabNetworks& networks) { return networks.generator().make(latents); },
        [this](const Result<Samples>& samples) {
            if (!samples)
                return Q_EMIT problem(QString::fromStdString(samples.error().sentence()));
            if (samples->count != m_keys->count())
                return; // key frames came or went since: more thumbnails are on their way
            m_filling = true;
            for (int i = 0; i < m_keys->count(); ++i) {
                const QImage picture = thumbnail(*samples, i);
                m_keys->item(i)->setIcon(QPixmap::fromImage(picture.scaled(
                    m_keys->iconSize() * devicePixelRatioF(), Qt::KeepAspectRatio, Qt::FastTransformation)));
            }
            m_filling = false;
        });
}

void PathStrip::addKey()
{
    LatentPath after = m_path;
    const LatentDocument::State& state = m_document->state();
    KeyFrame key{state.values, {}, tr("seed %1").arg(state.seed).toStdString()};
    if (!m_document->head().classes.empty())
        key.label = state.label;
    after.keys.push_back(std::move(key));
    edit(tr("New key frame"), std::move(after));
    m_keys->scrollToItem(m_keys->item(m_keys->count() - 1));
}

void PathStrip::takeKey(int row)
{
    if (row < 0 || row >= static_cast<int>(m_path.keys.size()))
        return;
    stop();
    const KeyFrame& key = m_path.keys[static_cast<std::size_t>(row)];
    m_document->setLatents(latentsOf({key}), tr("Key frame “%1”").arg(QString::fromStdString(key.name)));
    m_frame = -1;
    update();
}

void PathStrip::removeKeys()
{
    QList<int> rows;
    for (const QListWidgetItem* item : m_keys->selectedItems())
        rows.append(m_keys->row(item));
    std::sort(rows.rbegin(), rows.rend());
    LatentPath after = m_path;
    for (const int row : rows)
        after.keys.erase(after.keys.begin() + row);
    edit(tr("Removal of key frames"), std::move(after));
}

void PathStrip::replaceKey(int row)
{
    LatentPath after = m_path;
    KeyFrame& key = after.keys[static_cast<std::size_t>(row)];
    key.latent = m_document->state().values;
    if (key.label)
        key.label = m_document->state().label;
    edit(tr("Replacement of a key frame"), std::move(after));
}

void PathStrip::moveKey(int row, int by)
{
    if (row < 0 || row + by < 0 || row + by >= static_cast<int>(m_path.keys.size()))
        return;
    LatentPath after = m_path;
    std::iter_swap(after.keys.begin() + row, after.keys.begin() + row + by);
    edit(tr("Move of a key frame"), std::move(after));
    m_keys->setCurrentRow(row + by);
}

void PathStrip::keysMoved()
{
    LatentPath after = m_path;
    after.keys.clear();
    for (int i = 0; i < m_keys->count(); ++i)
        after.keys.push_back(m_path.keys[m_keys->item(i)->data(Qt::UserRole).toUInt()]);
    edit(tr("Move of a key frame"), std::move(after));
}

void PathStrip::renameKey(int row, const QString& name)
{
    LatentPath after = m_path;
    after.keys[static_cast<std::size_t>(row)].name = name.toStdString();
    edit(tr("Name of a key frame"), std::move(after));
}

void PathStrip::showMenu(const QPoint& place)
{
    const int row = m_keys->row(m_keys->itemAt(place));
    if (row < 0)
        return;
    auto* menu = new QMenu(this);
    connect(menu->addAction(tr("&Take")), &QAction::triggered, this, [this, row] { takeKey(row); });
    connect(menu->addAction(tr("Re&place by the latent of now")), &QAction::triggered, this,
        [this, row] { replaceKey(row); });
    connect(menu->addAction(tr("Re&name")), &QAction::triggered, this,
        [this, row] { m_keys->editItem(m_keys->item(row)); });
    connect(menu->addAction(tr("Move &left")), &QAction::triggered, this, [this, row] { moveKey(row, -1); });
    connect(menu->addAction(tr("Move &right")), &QAction::triggered, this, [this, row] { moveKey(row, 1); });
    connect(menu->addAction(tr("&Remove")), &QAction::triggered, this, &PathStrip::removeKeys);
    popUpMenu(menu, m_keys->viewport()->mapToGlobal(place));
}

void PathStrip::togglePlay()
{
    if (m_play.isActive())
        return stop();
    if (m_path.keys.size() < 2)
        return;
    if (m_frame < 0 || (!m_path.options.loop && m_frame + 1 >= m_path.frameCount()))
        showFrame(0);
    m_play.start();
    update();
}

void PathStrip::stop()
{
    m_play.stop();
    update();
}

void PathStrip::advance()
{
    const std::int64_t count = m_path.frameCount();
    if (m_frame + 1 < count)
        showFrame(m_frame + 1);
    else if (m_path.options.loop)
        showFrame(0);
    else
        stop();
}

void PathStrip::showFrame(std::int64_t frame)
{
    m_frame = std::clamp<std::int64_t>(frame, 0, m_path.frameCount() - 1);
    Q_EMIT preview(m_path.frame(m_frame));
    update();
}

void PathStrip::openPath()
{
    const QString file = m_dialogs.openFile(this, tr("Open a path"), tr("Paths (*.json)"));
    if (file.isEmpty())
        return;
    const Result<LatentPath> path = readPath(file.toStdString());
    if (!path)
        return Q_EMIT problem(QString::fromStdString(path.error().sentence()));
    if (const Status fits = checkPathFor(*path, m_document->head()); !fits)
        return Q_EMIT problem(QString::fromStdString(fits.error().in(file.toStdString()).sentence()));
    edit(tr("Opening of a path"), *path);
}

void PathStrip::savePath()
{
    const Result<QString> file = saveAs(this, m_dialogs.saveFile, tr("Save the path"), tr("path"),
        SaveFormat::Experiment, [this](const QString& name) { return writePath(name.toStdString(), m_path); });
    if (!file)
        Q_EMIT problem(QString::fromStdString(file.error().sentence()));
    else if (!file->isEmpty())
        Q_EMIT saved(*file);
}

void PathStrip::showSheet()
{
    auto* window = new SheetWindow(m_lab, latentsOf({m_path.keys.begin(), m_path.keys.begin() + 4}),
        m_path.options.interpolation, m_dialogs.saveFile, this);
    connect(window, &SheetWindow::saved, this, &PathStrip::saved);
    window->show();
}

void PathStrip::exportFilm()
{
    if (!m_lab->info())
        return;
    FilmDialog dialog(m_path, m_document->head().shape, m_dialogs.saveFile, this);
    const std::optional<FilmRequest> request = dialog.ask();
    if (!request)
        return;
    stop();
    m_export->setEnabled(false);
    m_progress->show(0, static_cast<int>(request->frames));
    m_lab->askAtLength<Film>(
        filmKey, this,
        [request = *request, path = m_path](LabNetworks& networks, const PaintMonitor& monitor) {
            return makePathFilm(networks.generator(), path, request, monitor);
        },
        [this](std::int64_t done, std::int64_t total) {
            m_progress->show(static_cast<int>(done), static_cast<int>(total));
        },
        [this, file = QString::fromStdString(request->path.string())](const Result<Film>& film) {
            m_progress->hide();
            update();
            if (film) {
                for (const std::string& note : film->notes)
                    Q_EMIT problem(QString::fromStdString(note));
                Q_EMIT saved(file);
            } else if (!Lab::wasCancelled(film.error())) {
                Q_EMIT problem(QString::fromStdString(film.error().sentence()));
            }
        });
}

} // namespace saddle
