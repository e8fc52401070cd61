// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/foreign/foreign_proposal.h"

#include <QWidget>

#include <map>
#include <string>
#include <vector>

class QComboBox;
class QLabel;
class QVBoxLayout;

namespace saddle {

/// What weights do not say of their layers, as a form: a question a row, answers to choose, and to type where others
/// are possible.
class QuestionForm : public QWidget {
    Q_OBJECT

public:
    explicit QuestionForm(QWidget* parent = nullptr);

    /// Shows these; rows of questions that stay are kept, and the focus with them.
    void setQuestions(const std::vector<ForeignQuestion>& questions);
    /// The box of one; null where it is not asked.
    QComboBox* box(const QString& key) const;

Q_SIGNALS:
    void answered(const QString& key, const QString& value);

private:
    struct Row {
        QWidget* widget = nullptr;
        QLabel* words = nullptr;
        QComboBox* box = nullptr;
        std::string shown; ///< the answer that is shown
    };
    Row makeRow(const std::string& key);
    void fill(Row& row, const ForeignQuestion& question);
    void entered(const std::string& key);

    QVBoxLayout* m_column;
    std::map<std::string, Row> m_rows;
};

} // namespace saddle
