// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/transport_bar.h"

#include "ui/widgets/glyphs.h"
#include "ui/widgets/number_text.h"
#include "ui/widgets/play_button.h"

#include <QDoubleSpinBox>
#include <QEvent>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>

#include <cmath>

namespace saddle {

namespace {

constexpr int sliderSteps = 1000; ///< for a noise of 0 to 1
constexpr double largestNoise = 10;

/// Quadratic: fine near 0, where it matters.
double noiseOf(int position)
{
    const double t = static_cast<double>(position) / sliderSteps;
    return std::round(t * t * 1e4) / 1e4;
}

int positionOf(double noise)
{
    return static_cast<int>(std::lround(std::sqrt(std::clamp(noise, 0.0, 1.0)) * sliderSteps));
}

} // namespace

QString durationText(double seconds)
{
    const auto whole = static_cast<qint64>(seconds);
    if (whole >= 3600)
        return TransportBar::tr("%1 h %2 min").arg(whole / 3600).arg(whole / 60 % 60, 2, 10, QLatin1Char('0'));
    if (whole >= 60)
        return TransportBar::tr("%1 min %2 s").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0'));
    return TransportBar::tr("%1 s").arg(whole);
}

QString bytesText(std::int64_t bytes)
{
    const double mebibytes = static_cast<double>(bytes) / (1 << 20);
    return mebibytes < 1000 ? TransportBar::tr("%1 MB").arg(mebibytes, 0, 'f', 0)
                            : TransportBar::tr("%1 GB").arg(mebibytes / 1024, 0, 'f', 1);
}

/// A number with its name below.
class TransportBar::Figure : public QWidget {
public:
    Figure(const QString& name, const QString& caption, const QString& widest, const QString& help, QWidget* parent)
        : QWidget(parent)
        , m_value(new QLabel(QStringLiteral("–"), this))
        , m_caption(new QLabel(caption, this))
    {
        setObjectName(name);
        m_value->setObjectName(name + QStringLiteral("Value"));
        setToolTip(help);
        QFont large = font();
        large.setPointSizeF(large.pointSizeF() * 1.1);
        large.setWeight(QFont::DemiBold);
        m_value->setFont(large);
        QFont small = font();
        small.setPointSizeF(small.pointSizeF() * 0.85);
        m_caption->setFont(small);
        // Figures change thirty times a second: nothing may move with them.
        m_value->setMinimumWidth(QFontMetrics(large).horizontalAdvance(widest));
        m_caption->setForegroundRole(QPalette::PlaceholderText);
        auto* column = new QVBoxLayout(this);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        column->addWidget(m_value);
        column->addWidget(m_caption);
    }
    void set(const QString& value)
    {
        if (m_value->text() != value)
            m_value->setText(value);
    }
    void setCaption(const QString& caption)
    {
        if (m_caption->text() != caption)
            m_caption->setText(caption);
    }

private:
    QLabel* m_value;
    QLabel* m_caption;
};

TransportBar::TransportBar(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("transportBar"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(10, 5, 10, 5);
    row->setSpacing(18);
    row->addWidget(makeButtons());
    row->addWidget(makeFigures());
    row->addWidget(makeNoise(), 1);
    setIcons();
}

QWidget* TransportBar::makeButtons()
{
    auto* box = new QWidget(this);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    const auto button = [box](const char* name, const QString& accessible) {
        auto* made = new QToolButton(box);
        made->setObjectName(QLatin1String(name));
        made->setAccessibleName(accessible);
        made->setAutoRaise(true);
        made->setIconSize({22, 22});
        made->setFocusPolicy(Qt::TabFocus);
        return made;
    };
    m_reset = button("resetButton", tr("Start anew"));
    m_step = button("stepButton", tr("One step"));
    m_stop = button("stopButton", tr("Stop"));
    m_play = new PlayButton(box);
    m_stepMenu = new QMenu(m_step);
    m_step->setMenu(m_stepMenu);
    m_step->setPopupMode(QToolButton::MenuButtonPopup);
    row->addWidget(m_reset);
    row->addWidget(m_play);
    row->addWidget(m_step);
    row->addWidget(m_stop);
    connect(m_reset, &QToolButton::clicked, this, &TransportBar::resetRequested);
    connect(m_stop, &QToolButton::clicked, this, &TransportBar::stopRequested);
    connect(m_step, &QToolButton::clicked, this, [this] { Q_EMIT stepRequested({}); });
    connect(m_play, &PlayButton::clicked, this, [this] {
        if (m_play->isPlaying())
            Q_EMIT pauseRequested();
        else
            Q_EMIT playRequested();
    });
    return box;
}

QWidget* TransportBar::makeFigures()
{
    auto* box = new QWidget(this);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(16);
    const auto add = [&](const char* key, const QString& caption, const QString& widest, const QString& help) {
        m_figures[key] = new Figure(QLatin1String(key), caption, widest, help, box);
        row->addWidget(m_figures[key]);
    };
    add("step", tr("step"), QStringLiteral("8,888,888"), tr("Steps done: one step is one round of all networks"));
    add("epoch", tr("epoch"), QStringLiteral("888.88"), tr("Times the discriminator has seen the whole data set"));
    add("speed", tr("images/s"), QStringLiteral("88,888"), tr("Real images the discriminator sees in a second"));
    add("stepTime", tr("ms/step"), QStringLiteral("8,888.8"), tr("Time for one step, samples aside"));
    add("left", tr("elapsed"), QStringLiteral("88 min 88 s"), tr("Time trained, or left until the last step"));
    add("memory", tr("memory"), QStringLiteral("8888 MB"), tr("Memory in use"));
    return box;
}

QWidget* TransportBar::makeNoise()
{
    auto* box = new QWidget(this);
    box->setToolTip(tr("Gaussian noise on real and generated samples before the discriminator sees them; "
                       "drag while training"));
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    auto* name = new QLabel(tr("&Noise σ"), box);
    m_noise = new QSlider(Qt::Horizontal, box);
    m_noise->setObjectName(QStringLiteral("noiseSlider"));
    m_noise->setAccessibleName(tr("Instance noise"));
    m_noise->setRange(0, sliderSteps);
    m_noise->setPageStep(50);
    m_noise->setMinimumWidth(70);
    m_noise->setMaximumWidth(160);
    name->setBuddy(m_noise);
    m_noiseValue = new QDoubleSpinBox(box);
    m_noiseValue->setObjectName(QStringLiteral("noiseValue"));
    m_noiseValue->setAccessibleName(tr("Instance noise as a number"));
    m_noiseValue->setRange(0, largestNoise);
    m_noiseValue->setDecimals(3);
    m_noiseValue->setSingleStep(0.01);
    m_noiseValue->setKeyboardTracking(false);
    m_noiseValue->setFocusPolicy(Qt::StrongFocus);
    m_noiseAuto = new QToolButton(box);
    m_noiseAuto->setObjectName(QStringLiteral("noiseAuto"));
    m_noiseAuto->setText(tr("Schedule"));
    m_noiseAuto->setCheckable(true);
    m_noiseAuto->setChecked(true);
    m_noiseAuto->setToolTip(tr("On: the noise follows the experiment's schedule. Move the slider to take over"));
    row->addStretch(1);
    row->addWidget(name);
    row->addWidget(m_noise, 8);
    row->addWidget(m_noiseValue);
    row->addWidget(m_noiseAuto);
    connect(m_noise, &QSlider::valueChanged, this, [this](int position) { Q_EMIT noiseChanged(noiseOf(position)); });
    connect(m_noiseValue, &QDoubleSpinBox::valueChanged, this, &TransportBar::noiseChanged);
    connect(m_noiseAuto, &QToolButton::clicked, this, [this](bool on) {
        if (on)
            Q_EMIT noiseReleased();
        else
            Q_EMIT noiseChanged(m_noiseValue->value());
    });
    return box;
}

void TransportBar::setIcons()
{
    m_reset->setIcon(glyphIcon(Glyph::Restart, palette()));
    m_step->setIcon(glyphIcon(Glyph::Step, palette()));
    m_stop->setIcon(glyphIcon(Glyph::Stop, palette()));
}

void TransportBar::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange)
        setIcons();
    QWidget::changeEvent(event);
}

void TransportBar::setPhases(const std::vector<PhaseInfo>& phases)
{
    std::vector<std::string> keys;
    keys.reserve(phases.size());
    for (const PhaseInfo& phase : phases)
        keys.push_back(phase.key);
    if (keys == m_phaseKeys)
        return;
    m_phaseKeys = keys;
    m_stepMenu->clear();
    QAction* both = m_stepMenu->addAction(tr("One whole step"), this, [this] { Q_EMIT stepRequested({}); });
    both->setObjectName(QStringLiteral("stepBoth"));
    for (const PhaseInfo& phase : phases) {
        const QString key = QString::fromStdString(phase.key);
        QAction* only = m_stepMenu->addAction(
            tr("%1 only").arg(QString::fromStdString(phase.label)), this, [this, key] { Q_EMIT stepRequested(key); });
        only->setObjectName(QStringLiteral("stepOnly_") + key);
    }
}

void TransportBar::permit(QWidget* widget, SessionState state, SessionAction action, const QString& hint)
{
    const char* reason = whyNot(state, action);
    widget->setEnabled(!reason);
    widget->setToolTip(reason ? tr(reason) : hint);
}

void TransportBar::show(const SessionUpdate& now)
{
    const bool running = now.state == SessionState::Running;
    m_play->setPlaying(running);
    permit(m_play, now.state, running ? SessionAction::Pause : SessionAction::Play,
        running ? tr("Pause (Space)") : tr("Play (Space)"));
    permit(m_step, now.state, SessionAction::Step, tr("One step (.)"));
    permit(m_stop, now.state, SessionAction::Stop, tr("End this run: a last checkpoint is saved"));
    m_reset->setToolTip(tr("Start anew with the settings on the left; this run is kept"));
    if (now.info)
        setPhases(now.info->phases);

    const EngineProgress& progress = now.progress;
    m_figures["step"]->set(groupedText(progress.step));
    m_figures["step"]->setCaption(
        progress.inRound.empty() ? tr("step") : tr("step, %1").arg(QString::fromStdString(progress.inRound)));
    m_figures["epoch"]->set(QString::number(progress.epoch, 'f', 2));
    const bool timed = now.millisecondsPerStep > 0;
    m_figures["speed"]->set(timed ? groupedText(std::llround(now.imagesPerSecond)) : QStringLiteral("–"));
    m_figures["stepTime"]->set(timed
            ? QString::number(now.millisecondsPerStep, 'f', now.millisecondsPerStep < 1000 ? 1 : 0)
            : QStringLiteral("–"));
    const Json* limit = now.document ? findPath(*now.document, "training.steps") : nullptr;
    const std::int64_t steps = limit && limit->is_number() ? limit->get<std::int64_t>() : 0;
    const bool ends = steps > progress.step && timed;
    m_figures["left"]->set(ends
            ? durationText(static_cast<double>(steps - progress.step) * now.millisecondsPerStep / 1000)
            : durationText(now.seconds));
    m_figures["left"]->setCaption(ends ? tr("left") : tr("elapsed"));
    m_figures["memory"]->set(progress.memoryBytes > 0 ? bytesText(progress.memoryBytes) : QStringLiteral("–"));
    m_figures["memory"]->setCaption(now.info ? QString::fromStdString(now.info->device) : tr("memory"));
}

void TransportBar::showNoise(bool manual, double level)
{
    const QSignalBlocker slider(m_noise);
    const QSignalBlocker value(m_noiseValue);
    m_noiseAuto->setChecked(!manual);
    if (!m_noise->isSliderDown())
        m_noise->setValue(positionOf(level));
    if (!m_noiseValue->hasFocus())
        m_noiseValue->setValue(level);
}

} // namespace saddle
