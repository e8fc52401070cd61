// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/question_form.h"

#include "ui/widgets/eliding_combo.h"

#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>

namespace saddle {

namespace {

constexpr int gap = 10;
constexpr int lineGap = 3;

} // namespace

QuestionForm::QuestionForm(QWidget* parent)
    : QWidget(parent)
    , m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(gap);
}

QComboBox* QuestionForm::box(const QString& key) const
{
    const auto found = m_rows.find(key.toStdString());
    return found == m_rows.end() ? nullptr : found->second.box;
}

QuestionForm::Row QuestionForm::makeRow(const std::string& key)
{
    Row row;
    row.widget = new QWidget;
    row.words = new QLabel;
    row.words->setWordWrap(true);
    row.box = new ElidingCombo;
    row.box->setObjectName(QStringLiteral("question_") + QString::fromStdString(key));
    row.box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    row.box->setMinimumContentsLength(12);
    row.box->setInsertPolicy(QComboBox::NoInsert);
    row.words->setBuddy(row.box);
    auto* lines = new QVBoxLayout(row.widget);
    lines->setContentsMargins(0, 0, 0, 0);
    lines->setSpacing(lineGap);
    lines->addWidget(row.words);
    lines->addWidget(row.box);
    connect(row.box, &QComboBox::activated, this, [this, key] { entered(key); });
    return row;
}

void QuestionForm::fill(Row& row, const ForeignQuestion& question)
{
    const QSignalBlocker quiet(row.box);
    row.words->setText(QString::fromStdString(question.words));
    row.box->setAccessibleName(row.words->text());
    row.box->clear();
    for (const ChoiceItem& choice : question.choices)
        row.box->addItem(QString::fromStdString(choice.label), QString::fromStdString(choice.value));
    if (row.box->isEditable() != question.open) {
        row.box->setEditable(question.open);
        if (question.open) {
            row.box->setCompleter(nullptr); // what is typed is not to become a choice
            connect(
                row.box->lineEdit(), &QLineEdit::editingFinished, this, [this, key = question.key] { entered(key); });
        }
    }
    row.shown = question.answer;
    const QString answer = QString::fromStdString(question.answer);
    row.box->setCurrentIndex(row.box->findData(answer));
    if (question.open) {
        row.box->lineEdit()->setPlaceholderText(tr("An answer is needed"));
        if (row.box->currentIndex() < 0)
            row.box->setEditText(answer);
    } else {
        row.box->setPlaceholderText(tr("An answer is needed"));
    }
}

void QuestionForm::entered(const std::string& key)
{
    const Row& row = m_rows.at(key);
    const QString text = row.box->currentText().trimmed();
    const int index = row.box->findText(text);
    const QString value = index >= 0 ? row.box->itemData(index).toString() : text;
    if (!value.isEmpty() && value.toStdString() != row.shown)
        Q_EMIT answered(QString::fromStdString(key), value);
}

void QuestionForm::setQuestions(const std::vector<ForeignQuestion>& questions)
{
    for (auto row = m_rows.begin(); row != m_rows.end();) {
        const bool asked = std::any_of(
            questions.begin(), questions.end(), [&row](const ForeignQuestion& each) { return each.key == row->first; });
        if (!asked)
            row->second.widget->deleteLater();
        row = asked ? std::next(row) : m_rows.erase(row);
    }
    for (std::size_t i = 0; i < questions.size(); ++i) {
        auto found = m_rows.find(questions[i].key);
        if (found == m_rows.end())
            found = m_rows.emplace(questions[i].key, makeRow(questions[i].key)).first;
        fill(found->second, questions[i]);
        m_column->insertWidget(static_cast<int>(i), found->second.widget);
    }
}

} // namespace saddle
