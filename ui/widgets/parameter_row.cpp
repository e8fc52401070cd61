// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/parameter_row.h"

#include "ui/widgets/parameter_text.h"
#include "ui/widgets/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace saddle {

namespace {

QString escaped(const std::string& text)
{
    return QString::fromStdString(text).toHtmlEscaped();
}

constexpr int rowSpacing = 6;
constexpr int labelShare = 8;
constexpr int editorShare = 11;

QFont smaller(QFont font)
{
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * 0.82);
    else
        font.setPixelSize(std::max(8, font.pixelSize() * 82 / 100));
    return font;
}

} // namespace

/// A small pill that says when a change takes effect. All are as wide as the widest, so that columns align.
class ApplyBadge : public QLabel {
public:
    explicit ApplyBadge(QWidget* parent)
        : QLabel(parent)
    {
        setFont(smaller(font()));
        const QFontMetrics metrics(font());
        int widest = 0;
        for (const QString& word : {ParameterRow::tr("live"), ParameterRow::tr("epoch"), ParameterRow::tr("restart")})
            widest = std::max(widest, metrics.horizontalAdvance(word));
        setFixedSize(widest + 12, metrics.height() + 2);
    }

    void set(Applies applies, bool waiting)
    {
        m_applies = applies;
        m_waiting = waiting;
        switch (applies) {
        case Applies::Live:
            setText(ParameterRow::tr("live"));
            setToolTip(ParameterRow::tr("A change takes effect at the next step."));
            break;
        case Applies::Epoch:
            setText(ParameterRow::tr("epoch"));
            setToolTip(ParameterRow::tr("A change takes effect when the next epoch begins."));
            break;
        case Applies::Restart:
            setText(ParameterRow::tr("restart"));
            setToolTip(waiting ? ParameterRow::tr("Changed, but not yet in effect: the experiment goes on with the old "
                                                  "value until it is restarted.")
                               : ParameterRow::tr("A change takes effect when the experiment is started anew."));
            break;
        }
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QPalette& colours = palette();
        const QColor window = colours.color(QPalette::Window);
        const QColor ink = colours.color(QPalette::WindowText);
        QColor tint = theme::roleColour({}, colours);
        if (m_waiting || m_applies == Applies::Epoch)
            tint = theme::warningColour();
        else if (m_applies == Applies::Live)
            tint = theme::roleColour(QStringLiteral("real"), colours);
        // What needs a restart is the quiet rule of a form; only one that waits calls for attention.
        const bool quiet = m_applies == Applies::Restart && !m_waiting;
        const int width = fontMetrics().horizontalAdvance(text()) + 11;
        const QRectF pill((this->width() - width) / 2.0 + 0.5, 0.5, width - 1, height() - 1);
        painter.setBrush(m_waiting ? tint : theme::mixed(window, tint, quiet ? 0.0 : 0.13));
        painter.setPen(m_waiting ? tint : theme::mixed(window, tint, quiet ? 0.4 : 0.5));
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2);
        painter.setPen(m_waiting ? QColor(0x1d, 0x20, 0x25)
                : quiet          ? theme::mixed(window, ink, 0.68)
                                 : theme::mixed(tint, ink, 0.35));
        painter.drawText(rect(), Qt::AlignCenter, text());
    }

private:
    Applies m_applies = Applies::Live;
    bool m_waiting = false;
};

ParameterRow::ParameterRow(const Parameter& parameter, const QString& path, BrowseForPath browse, QWidget* parent)
    : QWidget(parent)
    , m_parameter(parameter)
    , m_path(path)
    , m_editor(makeParameterEditor(parameter, std::move(browse), this))
    , m_label(new QLabel(this))
    , m_badge(new ApplyBadge(this))
    , m_reset(new QToolButton(this))
    , m_error(new QLabel(this))
{
    control()->setObjectName(QStringLiteral("edit_") + path);
    if (auto* browseButton =
            parameter.type == ParameterType::Path ? m_editor->widget()->findChild<QPushButton*>() : nullptr)
        browseButton->setObjectName(QStringLiteral("browse_") + path);
    m_label->setObjectName(QStringLiteral("label_") + path);
    m_badge->setObjectName(QStringLiteral("badge_") + path);
    m_error->setObjectName(QStringLiteral("error_") + path);
    m_reset->setObjectName(QStringLiteral("reset_") + path);
    m_reset->setText(QStringLiteral("↺"));
    m_reset->setAutoRaise(true);
    m_reset->setFixedSize(18, 22);
    QSizePolicy kept = m_reset->sizePolicy();
    kept.setRetainSizeWhenHidden(true);
    m_reset->setSizePolicy(kept);
    m_reset->hide();
    m_label->setBuddy(control());
    m_label->setWordWrap(true);
    m_error->setWordWrap(true);
    m_error->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_error->hide();
    layOut();
    describe();
    recolour();
    connect(m_editor, &ParameterEditor::entered, this, &ParameterRow::entered);
    connect(m_editor, &ParameterEditor::restored, this, &ParameterRow::clearError);
    connect(m_reset, &QToolButton::clicked, this, &ParameterRow::resetRequested);
}

void ParameterRow::layOut()
{
    m_column = new QVBoxLayout(this);
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(3);
    m_row = new QHBoxLayout;
    m_row->setSpacing(rowSpacing);
    m_column->addLayout(m_row);
    // Neither column asks for a width of its own: all rows share the same two, whatever is in them.
    QSizePolicy free(QSizePolicy::Ignored, QSizePolicy::Preferred);
    free.setHeightForWidth(true);
    m_label->setSizePolicy(free);
    m_row->addWidget(m_label, labelShare, Qt::AlignVCenter);
    auto* end = new QHBoxLayout;
    end->setSpacing(1);
    end->addWidget(m_badge, 0, Qt::AlignVCenter);
    end->addWidget(m_reset, 0, Qt::AlignVCenter);
    m_row->addLayout(end);
    m_column->addWidget(m_error);
    placeEditor();
}

/// Beside the label where it is whole there, else below. The label and the badge stay where they are.
void ParameterRow::placeEditor()
{
    const int end = m_badge->width() + m_reset->width() + 1;
    const int room = (width() - end - 2 * rowSpacing) * editorShare / (labelShare + editorShare);
    const bool ownLine = room < m_editor->wholeWidth();
    if (ownLine == m_ownLine)
        return;
    m_ownLine = ownLine;
    QWidget* editor = m_editor->widget();
    m_row->removeWidget(editor);
    m_column->removeWidget(editor);
    if (ownLine) {
        m_column->insertWidget(1, editor);
    } else {
        editor->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
        m_row->insertWidget(1, editor, editorShare, Qt::AlignVCenter);
    }
}

bool ParameterRow::setParameter(const Parameter& parameter)
{
    if (parameter.key != m_parameter.key || parameter.type != m_parameter.type)
        return false;
    m_parameter = parameter;
    m_editor->setParameter(parameter);
    placeEditor();
    describe();
    return true;
}

void ParameterRow::describe()
{
    const QString label = QString::fromStdString(m_parameter.label.empty() ? m_parameter.key : m_parameter.label);
    m_label->setText(QString(label).replace(QLatin1Char('&'), QStringLiteral("&&")));
    QString tip = QStringLiteral("<p><b>%1</b></p>").arg(label.toHtmlEscaped());
    if (!m_parameter.help.empty())
        tip += QStringLiteral("<p>%1</p>").arg(escaped(m_parameter.help));
    QStringList facts;
    const std::string range = m_parameter.rangeText();
    const bool number = m_parameter.type == ParameterType::Integer || m_parameter.type == ParameterType::Real;
    if (number && !range.empty())
        facts << tr("Range: %1").arg(escaped(range));
    const QString usual = parameterText(m_parameter, m_parameter.defaultValue);
    if (!usual.isEmpty())
        facts << tr("Default: %1").arg(usual.toHtmlEscaped());
    facts << QStringLiteral("<code>%1</code>").arg(m_path.toHtmlEscaped());
    tip += QStringLiteral("<p>%1</p>").arg(facts.join(QStringLiteral("<br>")));
    m_label->setToolTip(tip);
    control()->setToolTip(tip);
    control()->setAccessibleName(label);
    control()->setAccessibleDescription(QString::fromStdString(m_parameter.help));
    m_reset->setAccessibleName(tr("Reset %1").arg(label));
    m_badge->set(m_parameter.applies, false);
}

void ParameterRow::setValue(const Json& value, const Json& baseline)
{
    if (value != m_editor->value())
        clearError();
    m_editor->setValue(value);
    m_changed = value != baseline;
    QFont font = m_label->font();
    font.setBold(m_changed);
    m_label->setFont(font);
    // A focused button that vanished would throw the focus to whatever comes next.
    if (!m_changed && m_reset->hasFocus())
        control()->setFocus();
    m_reset->setVisible(m_changed);
    m_reset->setToolTip(tr("Back to %1").arg(parameterText(m_parameter, baseline)));
}

void ParameterRow::accept()
{
    clearError();
    m_editor->accept();
}

void ParameterRow::setWaiting(bool waiting)
{
    m_badge->set(m_parameter.applies, waiting);
}

void ParameterRow::hideBadge()
{
    m_badge->hide();
}

void ParameterRow::refuse(const Error& error)
{
    // The row says where it is; what remains is what and why.
    QString sentence = QString::fromStdString(Error{error.what, {}, error.remedy}.sentence());
    const QString range = QString::fromStdString(m_parameter.rangeText());
    const bool number = m_parameter.type == ParameterType::Integer || m_parameter.type == ParameterType::Real;
    if (number && !range.isEmpty() && !sentence.contains(range))
        sentence += QLatin1Char(' ') + tr("Range: %1.").arg(range);
    m_error->setText(sentence);
    m_error->show();
    // What was typed stays to be mended; a choice goes back to what is in force.
    m_editor->setValue(Json(m_editor->value()));
}

void ParameterRow::clearError()
{
    m_error->clear();
    m_error->hide();
}

QString ParameterRow::errorText() const
{
    return m_error->text();
}

bool ParameterRow::matches(const QStringList& words, const QString& context) const
{
    const QString all =
        context + QLatin1Char(' ') + QString::fromStdString(m_parameter.label) + QLatin1Char(' ') + m_path;
    return std::all_of(
        words.begin(), words.end(), [&all](const QString& word) { return all.contains(word, Qt::CaseInsensitive); });
}

void ParameterRow::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    placeEditor();
}

void ParameterRow::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange)
        recolour();
    QWidget::changeEvent(event);
}

void ParameterRow::recolour()
{
    QPalette colours = palette();
    colours.setColor(
        QPalette::WindowText, theme::mixed(theme::errorColour(), palette().color(QPalette::WindowText), 0.25));
    m_error->setPalette(colours);
}

} // namespace saddle
