// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/canvas_panel.h"

#include "ui/bridge/lab.h"
#include "ui/lab/brush_overlay.h"
#include "ui/plots/tool_row_layout.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/progress_row.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>

namespace saddle {

namespace {

const std::string canvasKey = "canvas";
constexpr int margin = 8;
constexpr int gap = 6;
constexpr int firstSide = 512;
constexpr int mostRadius = 16; // latents
constexpr int wholeStrength = 100;
constexpr int longestNames = 140;
constexpr int leastBox = 64;

QSpinBox* spinBox(const char* name, int value)
{
    auto* made = new QSpinBox;
    made->setObjectName(QLatin1String(name));
    made->setRange(0, std::numeric_limits<int>::max());
    made->setValue(value);
    made->setKeyboardTracking(false);
    made->setMinimumWidth(leastBox); // not that of the longest number there could be
    return made;
}

QLabel* named(const QString& text, QWidget* buddy)
{
    auto* label = new QLabel(text);
    label->setBuddy(buddy);
    return label;
}

} // namespace

CanvasPanel::CanvasPanel(Lab* lab, SaveDialog saveDialog, QWidget* parent)
    : QWidget(parent)
    , m_lab(lab)
    , m_saveDialog(std::move(saveDialog))
    , m_banner(new Banner)
    , m_width(spinBox("canvasWidth", firstSide))
    , m_height(spinBox("canvasHeight", firstSide))
    , m_seed(spinBox("canvasSeed", 1))
    , m_label(new ElidingCombo)
    , m_paint(pushButton("canvasPaint", tr("Pain&t"), {}))
    , m_brush(pushButton("canvasBrush", tr("&Brush"), tr("Drag over the picture to draw what lies there again")))
    , m_radius(new QSlider(Qt::Horizontal))
    , m_strength(new QSlider(Qt::Horizontal))
    , m_undo(pushButton("canvasUndo", tr("&Undo stroke"), tr("Take the last stroke back")))
    , m_caption(new QLabel)
    , m_copy(pushButton("canvasCopy", tr("Copy"), tr("Copy the image to the clipboard")))
    , m_save(pushButton("canvasSave", tr("Save…"), tr("Save the image as PNG")))
    , m_view(new ImageView)
    , m_overlay(new BrushOverlay(m_view))
    , m_progress(new ProgressRow(QStringLiteral("canvas"), tr("Painting")))
{
    setObjectName(QStringLiteral("canvasPanel"));
    m_banner->setObjectName(QStringLiteral("canvasBanner"));
    m_view->setObjectName(QStringLiteral("canvasView"));
    m_view->setSaveDialog(m_saveDialog);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_banner);
    column->addWidget(m_view, 1);
    column->addWidget(m_progress);
    makeSettings();
    makeBrush();
    column->addLayout(makeFoot());
    setFocusProxy(m_width);
    connect(
        m_view, &ImageView::problem, this, [this](const QString& what) { m_banner->show(Banner::Kind::Error, what); });
    connect(m_progress, &ProgressRow::cancelled, this, [this] { m_lab->cancel(canvasKey); });
    connect(m_lab, &Lab::opened, this, &CanvasPanel::refresh);
    connect(m_lab, &Lab::refreshed, this, &CanvasPanel::updateButtons);
    refresh();
}

void CanvasPanel::makeSettings()
{
    m_seed->setToolTip(tr("The same seed on a larger canvas goes on where the smaller one ended"));
    m_label->setObjectName(QStringLiteral("canvasLabel"));
    m_label->setMaximumWidth(longestNames);
    m_labelName = named(tr("&Class"), m_label);
    auto* row = new ToolRowLayout; // wraps where the tab is narrow
    row->setContentsMargins(margin, margin, margin, 0);
    row->setSpacing(gap);
    row->addWidget(together({named(tr("&Width"), m_width), m_width}));
    row->addWidget(together({named(tr("Hei&ght"), m_height), m_height}));
    row->addWidget(together({named(tr("&Seed"), m_seed), m_seed}));
    row->addWidget(together({m_labelName, m_label}));
    row->addWidget(m_paint);
    static_cast<QVBoxLayout*>(layout())->addLayout(row);
    for (QSpinBox* box : {m_width, m_height}) {
        connect(box, &QSpinBox::valueChanged, this, [this, box] {
            if (m_lab->info() && m_lab->info()->canvas)
                box->setValue(static_cast<int>(nearestSide(box->value(), m_lab->info()->canvas->growth)));
        });
    }
    for (QSpinBox* box : {m_width, m_height, m_seed})
        connect(box->findChild<QLineEdit*>(), &QLineEdit::returnPressed, this, &CanvasPanel::paint);
    connect(m_paint, &QPushButton::clicked, this, &CanvasPanel::paint);
}

void CanvasPanel::makeBrush()
{
    m_brush->setCheckable(true);
    m_overlay->hide();
    m_radius->setObjectName(QStringLiteral("canvasRadius"));
    m_radius->setRange(1, 2 * mostRadius);
    m_radius->setValue(4);
    m_radius->setToolTip(tr("How wide the brush is"));
    m_strength->setObjectName(QStringLiteral("canvasStrength"));
    m_strength->setRange(1, wholeStrength);
    m_strength->setValue(wholeStrength);
    m_strength->setToolTip(tr("How much of what is there gives way"));
    auto* row = new QHBoxLayout;
    row->setContentsMargins(margin, gap, margin, 0);
    row->setSpacing(gap);
    row->addWidget(m_brush);
    row->addWidget(named(tr("Si&ze"), m_radius));
    row->addWidget(m_radius, 1);
    row->addWidget(named(tr("Strength"), m_strength));
    row->addWidget(m_strength, 1);
    row->addWidget(m_undo);
    static_cast<QVBoxLayout*>(layout())->addLayout(row);
    connect(m_brush, &QPushButton::toggled, m_overlay, &QWidget::setVisible);
    connect(m_radius, &QSlider::valueChanged, this, &CanvasPanel::updateButtons);
    connect(m_overlay, &BrushOverlay::painted, this, &CanvasPanel::stroke);
    connect(m_undo, &QPushButton::clicked, this, &CanvasPanel::undoStroke);
}

QLayout* CanvasPanel::makeFoot()
{
    m_caption->setObjectName(QStringLiteral("canvasCaption"));
    m_caption->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_caption->setForegroundRole(QPalette::PlaceholderText);
    m_caption->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(margin, gap, margin, margin);
    row->setSpacing(gap);
    row->addWidget(m_caption, 1);
    row->addWidget(m_copy);
    row->addWidget(m_save);
    connect(m_copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setImage(m_view->copy()); });
    connect(m_save, &QPushButton::clicked, this, &CanvasPanel::save);
    return row;
}

QString CanvasPanel::whyNot() const
{
    if (!m_lab->info())
        return tr("Open a generator first");
    const Result<CanvasPlan>& plan = m_lab->info()->canvas;
    return plan ? QString() : QString::fromStdString(plan.error().sentence());
}

void CanvasPanel::refresh()
{
    m_painting = false;
    m_waiting = 0;
    m_progress->hide();
    m_view->clear();
    m_shown = {};
    m_banner->clear();
    m_label->clear();
    if (m_lab->info() && m_lab->info()->canvas) {
        const auto growth = static_cast<int>(m_lab->info()->canvas->growth);
        for (QSpinBox* box : {m_width, m_height}) {
            const QSignalBlocker quiet(box);
            box->setRange(growth, static_cast<int>(nearestSide(largestCanvas, growth)));
            box->setSingleStep(growth);
            box->setSuffix(tr(" px"));
            box->setValue(static_cast<int>(nearestSide(box->value(), growth)));
            box->setToolTip(tr("In steps of %1 pixels, which one latent grows to").arg(growth));
        }
        for (const std::string& name : m_lab->info()->classes)
            m_label->addItem(QString::fromStdString(name));
    }
    m_label->fitList();
    m_label->setVisible(m_label->count() > 0);
    m_labelName->setVisible(m_label->count() > 0);
    updateButtons();
}

void CanvasPanel::updateButtons()
{
    const QString reason = whyNot();
    const bool painted = !m_view->isEmpty();
    for (QWidget* widget : std::initializer_list<QWidget*>{m_width, m_height, m_seed, m_label})
        widget->setEnabled(reason.isEmpty() && !m_painting);
    m_paint->setEnabled(reason.isEmpty() && !m_painting);
    m_paint->setToolTip(reason);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_brush, m_radius, m_strength})
        widget->setEnabled(painted && !m_painting);
    if (!painted)
        m_brush->setChecked(false);
    m_undo->setEnabled(painted && !m_painting && m_waiting == 0 && !m_shown.strokes.empty());
    for (QPushButton* button : {m_copy, m_save})
        button->setEnabled(painted && !m_painting && m_waiting == 0);
    m_caption->setText(painted ? caption() : QString());
    if (!painted)
        m_view->setNote(!reason.isEmpty() ? reason : m_painting ? tr("Painting …") : tr("Choose a size, then paint"));
    if (m_lab->info() && m_lab->info()->canvas)
        m_overlay->setRadius(m_radius->value() / 2.0 * static_cast<double>(m_lab->info()->canvas->growth));
}

void CanvasPanel::paint()
{
    CanvasRequest request;
    request.width = m_width->value();
    request.height = m_height->value();
    request.seed = static_cast<std::uint64_t>(m_seed->value());
    request.label = std::max(0, m_label->currentIndex());
    begin(request);
}

void CanvasPanel::undoStroke()
{
    CanvasRequest request = m_shown;
    if (request.strokes.empty())
        return;
    request.strokes.pop_back();
    begin(request);
}

void CanvasPanel::begin(const CanvasRequest& request)
{
    if (m_painting || m_waiting > 0 || !whyNot().isEmpty())
        return;
    m_painting = true;
    m_banner->clear();
    m_progress->show(0, 0);
    updateButtons();
    m_lab->askAtLength<Painted>(
        canvasKey, this,
        [request](LabNetworks& networks, const PaintMonitor& monitor) -> Result<Painted> {
            Result<Image> image = networks.generator().paint(request, monitor);
            if (!image)
                return image.error();
            return Painted{*std::move(image), {}, networks.generator().info()};
        },
        [this](std::int64_t done, std::int64_t parts) {
            if (m_painting)
                m_progress->show(static_cast<int>(done), static_cast<int>(parts));
        },
        [this, request](const Result<Painted>& painted) {
            m_painting = false;
            m_progress->hide();
            if (painted) {
                m_shown = request;
                showPainting(request, *painted);
            } else if (!Lab::wasCancelled(painted.error())) {
                m_banner->show(Banner::Kind::Warning, QString::fromStdString(painted.error().sentence()));
            }
            updateButtons();
        });
}

void CanvasPanel::showPainting(const CanvasRequest& request, const Painted& painted)
{
    Image image = painted.whole ? *painted.whole : m_view->image();
    for (const CanvasPatch& patch : painted.patches)
        putPatch(image, patch);
    m_of = painted.info;
    m_view->setImage(std::move(image));
    m_view->setPngText(pictureText(m_of, request));
    m_view->setSuggestedName(stem());
}

QString CanvasPanel::caption() const
{
    QStringList parts;
    if (m_of.step > 0)
        parts << tr("step %L1").arg(static_cast<qlonglong>(m_of.step));
    parts << tr("%1 × %2").arg(m_view->image().width).arg(m_view->image().height) << tr("seed %1").arg(m_shown.seed);
    if (!m_of.classes.empty())
        parts << QString::fromStdString(m_of.classes[static_cast<std::size_t>(m_shown.label)]);
    if (m_of.step > 0)
        parts << (m_of.averaged ? tr("averaged weights") : tr("plain weights"));
    return parts.join(QStringLiteral(" · "));
}

QString CanvasPanel::stem() const
{
    return m_of.step > 0 ? QStringLiteral("canvas-%1-seed-%2").arg(m_of.step).arg(m_shown.seed)
                         : QStringLiteral("canvas-seed-%1").arg(m_shown.seed);
}

void CanvasPanel::stroke(const QPointF& place)
{
    if (m_painting || m_view->isEmpty() || !whyNot().isEmpty())
        return;
    const auto growth = static_cast<double>(m_lab->info()->canvas->growth);
    CanvasStroke stroke;
    stroke.column = place.x() / growth;
    stroke.row = place.y() / growth;
    stroke.radius = m_radius->value() / 2.0;
    stroke.strength = static_cast<double>(m_strength->value()) / wholeStrength;
    stroke.seed = ++m_strokeSeed;
    m_shown.strokes.push_back(stroke);
    ++m_waiting;
    updateButtons();
    // Each under a key of its own: every stroke is painted, in its turn.
    m_lab->askAtLength<Painted>(
        "stroke " + std::to_string(m_strokeSeed), this,
        [request = m_shown, step = m_of.step, averaged = m_of.averaged](
            LabNetworks& networks, const PaintMonitor& monitor) -> Result<Painted> {
            Generator& generator = networks.generator();
            Painted painted{{}, {}, generator.info()};
            // What newer weights paint does not go with what older ones did: all of it is painted again.
            if (painted.info.step != step || painted.info.averaged != averaged) {
                Result<Image> image = generator.paint(request, monitor);
                if (!image)
                    return image.error();
                painted.whole = *std::move(image);
                return painted;
            }
            Result<std::vector<CanvasPatch>> patches = generator.repaint(request, monitor);
            if (!patches)
                return patches.error();
            painted.patches = *std::move(patches);
            return painted;
        },
        {},
        [this, request = m_shown](const Result<Painted>& painted) {
            --m_waiting;
            if (painted)
                showPainting(request, *painted);
            else
                m_banner->show(Banner::Kind::Warning, QString::fromStdString(painted.error().sentence()));
            updateButtons();
        });
}

void CanvasPanel::save()
{
    const Result<QString> file = saveAs(this, m_saveDialog, tr("Save the image as PNG"), stem(), SaveFormat::Png,
        [this](const QString& path) { return m_view->savePng(path); });
    if (!file)
        m_banner->show(Banner::Kind::Warning, QString::fromStdString(file.error().sentence()));
    else if (!file->isEmpty())
        Q_EMIT saved(*file);
}

} // namespace saddle
