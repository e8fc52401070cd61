// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/parameter_editors.h"

#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/number_control.h"
#include "ui/widgets/parameter_text.h"
#include "ui/widgets/points_editor.h"

#include <QCheckBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPushButton>

namespace saddle {

namespace {

QString text(const std::string& utf8)
{
    return QString::fromStdString(utf8);
}

class BooleanEditor : public ParameterEditor {
public:
    explicit BooleanEditor(QWidget* parent)
        : ParameterEditor(parent)
        , m_box(new QCheckBox(parent))
    {
        connect(m_box, &QCheckBox::clicked, this, [this](bool on) { Q_EMIT entered(Json(on)); });
    }

    QWidget* widget() const override { return m_box; }
    void setParameter(const Parameter&) override { }

protected:
    void show(const Json& value) override
    {
        const bool on = value.is_boolean() && value.get<bool>();
        m_box->setChecked(on);
        // The word gives the focus frame something to surround, and colour is not the only sign.
        m_box->setText(on ? tr("On") : tr("Off"));
    }

private:
    QCheckBox* m_box;
};

class ChoiceEditor : public ParameterEditor {
public:
    ChoiceEditor(const Parameter& parameter, QWidget* parent)
        : ParameterEditor(parent)
        , m_box(new ElidingCombo(parent))
    {
        fill(parameter);
        connect(m_box, &QComboBox::activated, this,
            [this](int index) { Q_EMIT entered(Json(m_box->itemData(index).toString().toStdString())); });
    }

    QWidget* widget() const override { return m_box; }
    int wholeWidth() const override { return m_box->wholeWidth(); }

    void setParameter(const Parameter& parameter) override
    {
        fill(parameter);
        show(value());
    }

protected:
    void show(const Json& value) override
    {
        const QString word = value.is_string() ? text(value.get<std::string>()) : QString();
        m_box->setPlaceholderText(word);
        m_box->setCurrentIndex(m_box->findData(word));
    }

private:
    void fill(const Parameter& parameter)
    {
        bool same = m_box->count() == static_cast<int>(parameter.choices.size());
        for (int i = 0; same && i < m_box->count(); ++i) {
            const ChoiceItem& item = parameter.choices[static_cast<std::size_t>(i)];
            same = m_box->itemData(i).toString() == text(item.value) && m_box->itemText(i) == text(item.label);
        }
        if (same)
            return;
        m_box->clear();
        for (const ChoiceItem& item : parameter.choices) {
            m_box->addItem(text(item.label.empty() ? item.value : item.label), text(item.value));
            if (!item.help.empty())
                m_box->setItemData(m_box->count() - 1, text(item.help), Qt::ToolTipRole);
        }
        m_box->fitList();
    }

    ElidingCombo* m_box;
};

/// An editor that is typed into: Enter and leaving enter what was typed, Escape drops it.
class TypedEditor : public ParameterEditor {
public:
    using ParameterEditor::ParameterEditor;

protected:
    virtual QLineEdit* line() const = 0;
    virtual Json entry() const = 0;

    void watch()
    {
        control()->installEventFilter(this);
        connect(line(), &QLineEdit::textEdited, this, [this] { m_dirty = true; });
    }

    void enter()
    {
        if (m_dirty)
            Q_EMIT entered(entry());
    }

    void showText(const QString& shown)
    {
        m_dirty = false;
        if (line()->text() == shown)
            return;
        // Selected text stays selected, so that a field that was tabbed into can be overwritten after a refresh.
        const bool selected = line()->hasSelectedText() && line()->selectedText() == line()->text();
        const int cursor = line()->cursorPosition();
        line()->setText(shown);
        if (selected)
            line()->selectAll();
        else
            line()->setCursorPosition(line()->hasFocus() || control()->hasFocus() ? cursor : 0);
    }

    bool isDirty() const override { return m_dirty; }
    void setClean() override { m_dirty = false; }
    void setDirty() { m_dirty = true; }

    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (watched != control())
            return ParameterEditor::eventFilter(watched, event);
        switch (event->type()) {
        case QEvent::FocusOut:
            if (static_cast<QFocusEvent*>(event)->reason() != Qt::PopupFocusReason)
                enter();
            break;
        case QEvent::ShortcutOverride: {
            auto* key = static_cast<QKeyEvent*>(event);
            if (key->key() == Qt::Key_Escape && m_dirty) {
                key->accept();
                return true;
            }
            // Without anything typed there is nothing of its own to undo: the experiment's undo is meant.
            if (!m_dirty && (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo))) {
                key->ignore();
                return true;
            }
            break;
        }
        case QEvent::KeyPress: {
            const int key = static_cast<QKeyEvent*>(event)->key();
            if (key == Qt::Key_Return || key == Qt::Key_Enter) {
                enter();
                line()->selectAll();
                return true;
            }
            if (key == Qt::Key_Escape && m_dirty) {
                accept();
                Q_EMIT restored();
                return true;
            }
            break;
        }
        default:
            break;
        }
        return ParameterEditor::eventFilter(watched, event);
    }

private:
    bool m_dirty = false;
};

class NumberEditor : public TypedEditor {
public:
    NumberEditor(const Parameter& parameter, QWidget* parent)
        : TypedEditor(parent)
        , m_parameter(parameter)
        , m_box(new NumberControl(parent))
    {
        m_box->setUnit(text(parameter.unit));
        m_box->onStep = [this](int steps) { step(steps); };
        m_box->canStep = [this](int steps) {
            const double now = current();
            return steppedValue(m_parameter, now, steps) != now;
        };
        watch();
    }

    QWidget* widget() const override { return m_box; }

    void setParameter(const Parameter& parameter) override
    {
        m_parameter = parameter;
        m_box->setUnit(text(parameter.unit));
    }

protected:
    QLineEdit* line() const override { return m_box->line(); }
    Json entry() const override { return numberFromText(line()->text(), m_parameter.type); }
    void show(const Json& value) override { showText(parameterText(m_parameter, value)); }

private:
    double current() const
    {
        const Json typed = entry();
        if (typed.is_number())
            return typed.get<double>();
        return value().is_number() ? value().get<double>() : 0.0;
    }

    void step(int steps)
    {
        const double next = steppedValue(m_parameter, current(), steps);
        const Json stepped =
            m_parameter.type == ParameterType::Integer ? Json(static_cast<std::int64_t>(next)) : Json(next);
        showText(parameterText(m_parameter, stepped));
        setDirty();
        Q_EMIT entered(stepped);
        line()->selectAll();
    }

    Parameter m_parameter;
    NumberControl* m_box;
};

class TextEditor : public TypedEditor {
public:
    TextEditor(const Parameter& parameter, BrowseForPath browse, QWidget* parent)
        : TypedEditor(parent)
        , m_parameter(parameter)
        , m_browse(std::move(browse))
        , m_widget(new QWidget(parent))
        , m_line(new QLineEdit(m_widget))
    {
        auto* row = new QHBoxLayout(m_widget);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(6);
        row->addWidget(m_line, 1);
        m_line->setMinimumWidth(40);
        if (parameter.type == ParameterType::Path && m_browse) {
            auto* button = new QPushButton(tr("Browse…"), m_widget);
            button->setAccessibleName(tr("Browse for %1").arg(text(parameter.label)));
            button->setAutoDefault(false);
            row->addWidget(button);
            connect(button, &QPushButton::clicked, this, [this] {
                const QString chosen = m_browse(m_widget, m_parameter, m_line->text());
                if (!chosen.isEmpty())
                    Q_EMIT entered(Json(chosen.toStdString()));
            });
        }
        if (parameter.type == ParameterType::Sizes)
            m_line->setPlaceholderText(QStringLiteral("128x7x7"));
        showUnitInside(m_line, text(parameter.unit));
        watch();
    }

    QWidget* widget() const override { return m_widget; }
    QWidget* control() const override { return m_line; }
    int wholeWidth() const override { return m_parameter.type == ParameterType::Sizes ? 0 : always; }
    void setParameter(const Parameter& parameter) override { m_parameter = parameter; }

protected:
    QLineEdit* line() const override { return m_line; }

    Json entry() const override
    {
        if (m_parameter.type != ParameterType::Sizes)
            return Json(m_line->text().toStdString());
        // Spaces and the sign for "times" are what people paste.
        QString typed = m_line->text().toLower();
        typed.remove(QLatin1Char(' '));
        typed.replace(QChar(0x00d7), QLatin1Char('x')).replace(QLatin1Char(','), QLatin1Char('x'));
        const Json sizes = sizesFromText(typed.toStdString());
        return sizes.empty() ? Json(m_line->text().toStdString()) : sizes;
    }

    void show(const Json& value) override { showText(parameterText(m_parameter, value)); }

private:
    Parameter m_parameter;
    BrowseForPath m_browse;
    QWidget* m_widget;
    QLineEdit* m_line;
};

} // namespace

void ParameterEditor::setValue(const Json& value)
{
    if (value == m_value && isDirty())
        return;
    m_value = value;
    show(m_value);
}

void ParameterEditor::accept()
{
    setClean();
    show(m_value);
}

bool ParameterEditor::eventFilter(QObject* watched, QEvent* event)
{
    // A wheel that scrolls the panel must not change what it passes over.
    if (event->type() == QEvent::Wheel && watched == control() && !control()->hasFocus()) {
        event->ignore();
        return true;
    }
    return QObject::eventFilter(watched, event);
}

ParameterEditor* makeParameterEditor(const Parameter& parameter, BrowseForPath browse, QWidget* parent)
{
    switch (parameter.type) {
    case ParameterType::Boolean:
        return new BooleanEditor(parent);
    case ParameterType::Choice:
        return new ChoiceEditor(parameter, parent);
    case ParameterType::Integer:
    case ParameterType::Real:
        return new NumberEditor(parameter, parent);
    case ParameterType::Text:
    case ParameterType::Path:
    case ParameterType::Sizes:
        break;
    case ParameterType::Points:
        return new PointsEditor(parameter, parent);
    }
    return new TextEditor(parameter, std::move(browse), parent);
}

} // namespace saddle
