// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/paint_window.h"

#include "core/base/text.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/progress_row.h"
#include "ui/workbench.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>

namespace saddle {

namespace {

constexpr int firstSide = 1024;
constexpr int margin = 8; // as the row of progress has
constexpr int narrow = 6;
constexpr int longestNames = 220;

QSpinBox* makeBox(const char* name, int value)
{
    auto* box = new QSpinBox;
    box->setObjectName(QLatin1String(name));
    box->setRange(0, std::numeric_limits<int>::max());
    box->setValue(value);
    box->setKeyboardTracking(false);
    return box;
}

} // namespace

PaintWindow::PaintWindow(Workbench* workbench, SaveDialog saveDialog, QWidget* parent)
    : QDialog(parent)
    , m_workbench(workbench)
    , m_painter(new Painter(workbench->latentTools().openFile, this))
    , m_saveDialog(std::move(saveDialog))
    , m_banner(new Banner)
    , m_settings(new QWidget)
    , m_view(new ImageView)
    , m_progress(new ProgressRow(QStringLiteral("paint"), tr("Painting")))
{
    setObjectName(QStringLiteral("paintWindow"));
    setWindowTitle(tr("Paint a large image"));
    setWindowFlag(Qt::WindowMinMaxButtonsHint);
    m_banner->setObjectName(QStringLiteral("paintBanner"));
    m_view->setObjectName(QStringLiteral("paintView"));
    m_view->setSaveDialog(m_saveDialog);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    makeSettings();
    column->addWidget(m_settings);
    column->addWidget(m_banner);
    column->addWidget(m_view, 1);
    column->addWidget(m_progress);
    makeButtons();
    resize(760, 720);

    connect(m_progress, &ProgressRow::cancelled, this, &PaintWindow::cancel);
    connect(this, &QDialog::finished, this, &PaintWindow::cancel);
    // Of the picture that is shown: a painting under way goes on.
    connect(
        m_view, &ImageView::problem, this, [this](const QString& what) { m_banner->show(Banner::Kind::Error, what); });
    connect(m_painter, &Painter::progress, this, [this](int done, int parts) {
        if (m_work == Work::Painting)
            m_progress->show(done, parts);
    });
    connect(m_painter, &Painter::finished, this, &PaintWindow::showPainting);
    connect(m_painter, &Painter::failed, this, &PaintWindow::say);
    connect(m_painter, &Painter::cancelled, this, [this] {
        m_work = Work::None;
        updateButtons();
    });
    connect(m_workbench, &Workbench::checkpointReady, this, &PaintWindow::begin);
    connect(m_workbench, &Workbench::checkpointFailed, this, [this](const QString& why) {
        if (m_work == Work::Saving)
            say(why);
    });
    connect(m_workbench, &Workbench::runChanged, this, &PaintWindow::refresh);
    connect(m_workbench->bridge(), &Bridge::stateChanged, this, &PaintWindow::updateButtons);
    refresh();
}

void PaintWindow::makeSettings()
{
    m_width = makeBox("paintWidth", firstSide);
    m_height = makeBox("paintHeight", firstSide);
    m_seed = makeBox("paintSeed", 1);
    m_seed->setToolTip(tr("The same seed on a larger canvas goes on where the smaller one ended"));
    m_label = new ElidingCombo;
    m_label->setObjectName(QStringLiteral("paintLabel"));
    m_label->setMaximumWidth(longestNames);
    m_paint = new QPushButton(tr("&Paint"));
    m_paint->setObjectName(QStringLiteral("paintButton"));
    m_paint->setDefault(true);
    auto* row = new QHBoxLayout(m_settings);
    row->setContentsMargins(margin, margin, margin, margin);
    row->setSpacing(narrow);
    const auto name = [row](const QString& text, QWidget* of) {
        auto* label = new QLabel(text);
        label->setBuddy(of);
        row->addWidget(label);
        row->addWidget(of);
        return label;
    };
    name(tr("&Width"), m_width);
    row->addSpacing(margin);
    name(tr("&Height"), m_height);
    row->addSpacing(margin);
    name(tr("S&eed"), m_seed);
    row->addSpacing(margin);
    m_labelName = name(tr("C&lass"), m_label);
    row->addStretch(1);
    row->addWidget(m_paint);
    for (QSpinBox* box : {m_width, m_height}) {
        box->setSuffix(tr(" px"));
        connect(box, &QSpinBox::valueChanged, this, [this, box] { box->setValue(sideOf(box)); });
    }
    connect(m_paint, &QPushButton::clicked, this, &PaintWindow::paint);
}

void PaintWindow::makeButtons()
{
    m_caption = new QLabel;
    m_caption->setObjectName(QStringLiteral("paintCaption"));
    m_caption->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_copy = new QPushButton(tr("&Copy"));
    m_copy->setObjectName(QStringLiteral("paintCopy"));
    m_save = new QPushButton(tr("&Save as PNG…"));
    m_save->setObjectName(QStringLiteral("paintSave"));
    auto* close = new QPushButton(tr("Close"));
    auto* row = new QHBoxLayout;
    row->setContentsMargins(margin, margin, margin, margin);
    row->setSpacing(narrow);
    row->addWidget(m_caption, 1);
    for (QPushButton* button : {m_copy, m_save, close}) {
        button->setAutoDefault(false);
        row->addWidget(button);
    }
    static_cast<QVBoxLayout*>(layout())->addLayout(row);
    connect(m_copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setImage(m_view->copy()); });
    connect(m_save, &QPushButton::clicked, this, &PaintWindow::save);
    connect(close, &QPushButton::clicked, this, &QDialog::close);
}

int PaintWindow::sideOf(QSpinBox* box) const
{
    return static_cast<int>(nearestSide(box->value(), m_growth));
}

void PaintWindow::refresh()
{
    if (m_workbench->canvas()) {
        m_growth = m_workbench->canvas()->growth;
        for (QSpinBox* box : {m_width, m_height}) {
            const int side = sideOf(box);
            box->setRange(static_cast<int>(m_growth), static_cast<int>(nearestSide(largestCanvas, m_growth)));
            box->setSingleStep(static_cast<int>(m_growth));
            box->setValue(side);
            box->setToolTip(tr("In steps of %1 pixels, which one latent grows to").arg(m_growth));
        }
        m_label->clear();
        const std::shared_ptr<const EngineInfo>& info = m_workbench->bridge()->now().info;
        if (info && m_workbench->canvas()->classes > 0) {
            for (const std::string& name : info->classes)
                m_label->addItem(fromUtf8(name));
        }
        m_label->fitList();
    }
    m_label->setVisible(m_label->count() > 0);
    m_labelName->setVisible(m_label->count() > 0);
    updateButtons();
}

void PaintWindow::updateButtons()
{
    const QString reason = m_workbench->whyNoPainting();
    m_paint->setEnabled(reason.isEmpty() && m_work == Work::None);
    m_paint->setToolTip(reason);
    m_settings->setEnabled(m_work == Work::None);
    m_copy->setEnabled(!m_view->isEmpty());
    m_save->setEnabled(!m_view->isEmpty());
    m_progress->setVisible(m_work != Work::None);
    if (m_view->isEmpty()) {
        m_view->setNote(!reason.isEmpty() ? reason
                : m_work == Work::None    ? tr("Choose a size, then paint")
                                          : tr("Painting …"));
    }
}

void PaintWindow::paint()
{
    if (m_work != Work::None)
        return;
    m_banner->clear();
    m_request = {};
    m_request.width = sideOf(m_width);
    m_request.height = sideOf(m_height);
    m_request.seed = static_cast<std::uint64_t>(m_seed->value());
    m_request.label = std::max(0, m_label->currentIndex());
    m_work = Work::Saving;
    m_progress->show(0, 0);
    updateButtons();
    m_workbench->askForCheckpoint();
}

void PaintWindow::begin(const QString& checkpoint)
{
    if (m_work != Work::Saving)
        return;
    m_work = Work::Painting;
    updateButtons();
    m_painter->start(checkpoint.toStdString(), m_request);
}

void PaintWindow::cancel()
{
    if (m_work == Work::Painting)
        m_painter->cancel();
    else
        m_work = Work::None;
    updateButtons();
}

void PaintWindow::showPainting(const std::shared_ptr<const Painting>& painting)
{
    m_work = Work::None;
    m_view->setPngText(painting->text);
    m_stem = QStringLiteral("canvas-%1-seed-%2").arg(painting->step).arg(painting->request.seed);
    m_view->setSuggestedName(m_stem);
    m_view->setImage(painting->image);
    QString caption = tr("Step %1  ·  %2 × %3  ·  seed %4")
                          .arg(QString::fromStdString(grouped(painting->step)))
                          .arg(painting->image.width)
                          .arg(painting->image.height)
                          .arg(painting->request.seed);
    if (!painting->label.isEmpty())
        caption += QStringLiteral("  ·  ") + painting->label;
    caption += QStringLiteral("  ·  ") + (painting->averaged ? tr("averaged weights") : tr("plain weights"));
    m_caption->setText(caption);
    updateButtons();
}

void PaintWindow::say(const QString& why)
{
    m_work = Work::None;
    m_banner->show(Banner::Kind::Warning, why);
    updateButtons();
}

void PaintWindow::save()
{
    const Result<QString> file = saveAs(this, m_saveDialog, tr("Save the image as PNG"), m_stem, SaveFormat::Png,
        [this](const QString& path) { return m_view->savePng(path); });
    if (!file)
        m_banner->show(Banner::Kind::Warning, QString::fromStdString(file.error().sentence()));
    else if (!file->isEmpty())
        Q_EMIT saved(*file);
}

} // namespace saddle
