// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/film_dialog.h"

#include "ui/widgets/eliding_combo.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QStandardItemModel>

#include <algorithm>

namespace saddle {

namespace {

constexpr int mostZoom = 32;
constexpr int goodSide = 256; // pixels; smaller pictures are enlarged to about this

QString endingOf(FilmFormat format)
{
    return format == FilmFormat::Gif ? QStringLiteral(".gif")
        : format == FilmFormat::Mp4  ? QStringLiteral(".mp4")
                                     : QString();
}

} // namespace

FilmDialog::FilmDialog(const LatentPath& path, const Shape& shape, SaveDialog saveDialog, QWidget* parent)
    : QDialog(parent)
    , m_path(path)
    , m_shape(shape)
    , m_saveDialog(std::move(saveDialog))
    , m_format(new ElidingCombo)
    , m_zoom(new QSpinBox)
    , m_repeat(new QCheckBox(tr("&Begin again at the end")))
    , m_about(new QLabel)
{
    setObjectName(QStringLiteral("filmDialog"));
    setWindowTitle(tr("Save the walk"));
    m_format->setObjectName(QStringLiteral("filmFormat"));
    const std::pair<FilmFormat, QString> formats[]{{FilmFormat::Gif, tr("GIF, an animation")},
        {FilmFormat::Mp4, tr("MP4, a film")}, {FilmFormat::Pngs, tr("PNGs in a folder, with their latents")}};
    for (const auto& [format, name] : formats) {
        m_format->addItem(name, static_cast<int>(format));
        const Status usable = filmFormatUsable(format);
        auto* item = static_cast<QStandardItemModel*>(m_format->model())->item(m_format->count() - 1);
        item->setEnabled(usable.ok());
        if (!usable)
            item->setToolTip(QString::fromStdString(usable.error().sentence()));
        else if (!static_cast<QStandardItemModel*>(m_format->model())->item(m_format->currentIndex())->isEnabled())
            m_format->setCurrentIndex(m_format->count() - 1);
    }
    m_format->fitList();
    m_zoom->setObjectName(QStringLiteral("filmZoom"));
    m_zoom->setRange(1, mostZoom);
    m_zoom->setPrefix(QStringLiteral("× "));
    const bool pictures = m_shape.size() == 3;
    m_zoom->setEnabled(pictures); // points are drawn in one size
    if (pictures)
        m_zoom->setValue(std::clamp(goodSide / static_cast<int>(std::max(m_shape[1], m_shape[2])), 1, mostZoom));
    m_zoom->setToolTip(tr("Every pixel becomes a square of so many"));
    m_repeat->setObjectName(QStringLiteral("filmRepeat"));
    m_repeat->setChecked(true);
    m_about->setForegroundRole(QPalette::PlaceholderText);
    auto* form = new QFormLayout(this);
    form->addRow(tr("&As"), m_format);
    form->addRow(tr("&Zoom"), m_zoom);
    form->addRow(QString(), m_repeat);
    form->addRow(m_about);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Save | QDialogButtonBox::Cancel);
    buttons->button(QDialogButtonBox::Save)->setText(tr("&Save…"));
    form->addRow(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_format, &QComboBox::currentIndexChanged, this, &FilmDialog::describe);
    connect(m_zoom, &QSpinBox::valueChanged, this, &FilmDialog::describe);
    describe();
}

FilmFormat FilmDialog::format() const
{
    return static_cast<FilmFormat>(m_format->currentData().toInt());
}

void FilmDialog::describe()
{
    const auto frames = static_cast<double>(m_path.frameCount());
    m_repeat->setEnabled(format() == FilmFormat::Gif);
    const double seconds = frames / m_path.options.framesPerSecond;
    if (m_shape.size() != 3) {
        m_about->setText(tr("%L1 frames, %2 s").arg(m_path.frameCount()).arg(seconds, 0, 'f', 1));
        return;
    }
    m_about->setText(tr("%L1 frames of %2 × %3 pixels, %4 s")
                         .arg(m_path.frameCount())
                         .arg(m_shape[2] * m_zoom->value())
                         .arg(m_shape[1] * m_zoom->value())
                         .arg(seconds, 0, 'f', 1));
}

std::optional<FilmRequest> FilmDialog::ask()
{
    if (exec() != QDialog::Accepted)
        return std::nullopt;
    const QString ending = endingOf(format());
    const QString filter = format() == FilmFormat::Gif ? tr("GIF (*.gif)")
        : format() == FilmFormat::Mp4                  ? tr("MP4 (*.mp4)")
                                                       : tr("New folder (*)");
    QString file = m_saveDialog(this, tr("Save the walk"), tr("walk") + ending, filter);
    if (file.isEmpty())
        return std::nullopt;
    if (!ending.isEmpty() && !file.endsWith(ending, Qt::CaseInsensitive))
        file += ending;
    FilmRequest request;
    request.path = file.toStdString();
    request.format = format();
    request.frames = m_path.frameCount();
    request.framesPerSecond = m_path.options.framesPerSecond;
    request.zoom = m_zoom->value();
    request.loop = m_repeat->isChecked();
    return request;
}

} // namespace saddle
