// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/slider_row.h"
#include "ui/widgets/buttons.h"

#include "ui/widgets/glyphs.h"

#include <QDoubleSpinBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>

#include <algorithm>
#include <cmath>
#include <utility>

namespace saddle {

namespace {

constexpr int stepsToEnd = 1000;
constexpr int singleStep = 10; // of a thousand: a hundred presses of a key from the middle to an end
constexpr int pageStep = 125;
constexpr int decimals = 3;
constexpr double furthest = 1000; // that can be typed
constexpr int gap = 4;

} // namespace

SliderRow::SliderRow(QWidget* parent)
    : QWidget(parent)
    , m_name(new QLabel)
    , m_slider(new QSlider(Qt::Horizontal))
    , m_value(new QDoubleSpinBox)
    , m_lock(flatButton("lock"))
    , m_reset(flatButton("reset"))
{
    m_name->setBuddy(m_slider);
    m_slider->setObjectName(QStringLiteral("slider"));
    m_slider->setRange(-stepsToEnd, stepsToEnd);
    m_slider->setSingleStep(singleStep);
    m_slider->setPageStep(pageStep);
    m_slider->setMinimumWidth(60);
    m_value->setObjectName(QStringLiteral("value"));
    m_value->setDecimals(decimals);
    m_value->setRange(-furthest, furthest);
    m_value->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_value->setAlignment(Qt::AlignRight);
    m_value->setKeyboardTracking(false);
    m_value->setFixedWidth(fontMetrics().horizontalAdvance(QStringLiteral("-00.000")) + 18);
    m_lock->setCheckable(true);
    for (QToolButton* button : {m_lock, m_reset})
        button->setFocusPolicy(Qt::TabFocus);
    m_reset->setToolTip(tr("Back to where it was"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 1, 0, 1);
    row->setSpacing(gap);
    row->addWidget(m_name);
    row->addWidget(m_slider, 1);
    row->addWidget(m_value);
    row->addWidget(m_lock);
    row->addWidget(m_reset);
    m_pause.setSingleShot(true);
    connect(&m_pause, &QTimer::timeout, this, &SliderRow::tellMove);
    connect(m_slider, &QSlider::valueChanged, this, &SliderRow::onMoved);
    connect(m_slider, &QSlider::sliderReleased, this, [this] {
        tellMove();
        Q_EMIT released();
    });
    connect(m_value, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        Q_EMIT valueChanged(value);
        Q_EMIT released();
    });
    connect(m_lock, &QToolButton::clicked, this, &SliderRow::lockChanged);
    connect(m_reset, &QToolButton::clicked, this, &SliderRow::resetRequested);
    updateIcons();
}

void SliderRow::setName(const QString& name, const QString& tip)
{
    m_name->setText(name);
    m_name->setToolTip(tip);
    m_slider->setToolTip(tip);
    m_slider->setAccessibleName(name);
    m_value->setAccessibleName(name);
    m_lock->setAccessibleName(tr("Lock %1").arg(name));
    m_reset->setAccessibleName(tr("Reset %1").arg(name));
}

void SliderRow::setNameWidth(int width)
{
    m_name->setFixedWidth(width);
}

void SliderRow::setReach(double reach)
{
    m_reach = reach;
    m_value->setSingleStep(reach * singleStep / stepsToEnd);
}

void SliderRow::setPace(std::chrono::milliseconds pace)
{
    m_pause.setInterval(pace);
}

void SliderRow::onMoved()
{
    m_moved = true;
    if (!m_pause.isActive())
        tellMove();
}

void SliderRow::tellMove()
{
    if (!std::exchange(m_moved, false))
        return;
    if (m_pause.interval() > 0)
        m_pause.start();
    Q_EMIT valueChanged(m_reach * m_slider->value() / stepsToEnd);
}

void SliderRow::show(double value, bool locked, bool changed)
{
    m_moved = false;
    const QSignalBlocker quiet(m_slider);
    const QSignalBlocker silent(m_value);
    m_slider->setValue(static_cast<int>(std::lround(std::clamp(value / m_reach, -1.0, 1.0) * stepsToEnd)));
    if (std::abs(m_value->value() - value) > std::pow(10.0, -decimals) / 2)
        m_value->setValue(value);
    if (m_lock->isChecked() != locked) {
        m_lock->setChecked(locked);
        updateIcons();
    }
    m_lock->setToolTip(locked ? tr("Locked: seeds and directions leave it as it is") : tr("Keep it as it is"));
    m_slider->setEnabled(!locked);
    m_value->setEnabled(!locked);
    m_reset->setEnabled(changed && !locked);
    QFont font = m_name->font();
    if (font.bold() != changed) {
        font.setBold(changed);
        m_name->setFont(font);
    }
}

void SliderRow::setLockable(bool lockable)
{
    m_lock->setVisible(lockable);
}

void SliderRow::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        updateIcons();
}

void SliderRow::updateIcons()
{
    m_lock->setIcon(glyphIcon(m_lock->isChecked() ? Glyph::Locked : Glyph::Unlocked, palette()));
    m_reset->setIcon(glyphIcon(Glyph::Reset, palette()));
}

} // namespace saddle
