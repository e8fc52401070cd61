// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/params/parameter.h"

#include <QObject>
#include <QString>

#include <functional>
#include <limits>

class QWidget;

namespace saddle {

/// Asks for a path: the form's seam to a file dialog. Returns an empty text when nothing was chosen.
using BrowseForPath = std::function<QString(QWidget* parent, const Parameter& parameter, const QString& current)>;

/// The control that shows and changes one value. It checks nothing: what was entered goes out as it is, and what is in
/// force comes back by setValue.
class ParameterEditor : public QObject {
    Q_OBJECT

public:
    explicit ParameterEditor(QObject* parent)
        : QObject(parent)
    {
    }

    /// What is laid out, and the part of it that takes the focus and is named `edit_PATH`.
    virtual QWidget* widget() const = 0;
    virtual QWidget* control() const { return widget(); }

    /// The width at which what it shows is whole; where a row has less, it gets a line of its own. 0: any width will
    /// do.
    virtual int wholeWidth() const { return 0; }
    /// Paths and the like take a line of their own however wide the row is.
    static constexpr int always = std::numeric_limits<int>::max();

    /// Shows a value that is in force. What is being typed stays unless the value really became another.
    void setValue(const Json& value);
    const Json& value() const { return m_value; }
    /// What was entered is taken: the value in force is shown as it reads best.
    void accept();

    /// Takes another declaration of the same type: bounds, items, unit.
    virtual void setParameter(const Parameter& parameter) = 0;

Q_SIGNALS:
    /// A value was entered: by Enter or leaving for text, at once for steps, choices and ticks.
    void entered(const saddle::Json& value);
    /// Escape was pressed: what was typed is gone and the value in force is shown again.
    void restored();

protected:
    virtual void show(const Json& value) = 0;
    /// Something is typed that was not entered yet, or was refused.
    virtual bool isDirty() const { return false; }
    virtual void setClean() { }

    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    Json m_value;
};

/// The editor for a parameter's type. `browse` serves the button of paths.
ParameterEditor* makeParameterEditor(const Parameter& parameter, BrowseForPath browse, QWidget* parent);

} // namespace saddle
