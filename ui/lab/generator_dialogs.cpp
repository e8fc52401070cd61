// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/generator_dialogs.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QSpinBox>

namespace saddle {

namespace {

constexpr int mostLatents = 100'000;
constexpr int mostClasses = 10'000;
constexpr int wordsWidth = 380;

QString tr(const char* text)
{
    return QCoreApplication::translate("saddle::GeneratorDialogs", text);
}

/// A dialog of a form under some words, with a button that takes what was said.
class FormDialog : public QDialog {
public:
    FormDialog(QWidget* parent, const QString& title, const QString& words, const QString& take)
        : QDialog(parent)
        , m_form(new QFormLayout(this))
    {
        setWindowTitle(title);
        auto* label = new QLabel(words);
        label->setWordWrap(true);
        label->setMinimumWidth(wordsWidth);
        m_form->addRow(label);
        m_buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
        m_buttons->button(QDialogButtonBox::Ok)->setText(take);
        connect(m_buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
        connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    }

    void add(const QString& name, QWidget* field) { m_form->addRow(name, field); }
    bool ask()
    {
        m_form->addRow(m_buttons);
        return exec() == QDialog::Accepted;
    }

private:
    QFormLayout* m_form;
    QDialogButtonBox* m_buttons;
};

bool trustCode(QWidget* parent, const QString& file)
{
    QMessageBox box(QMessageBox::Warning, tr("Run the code in this file?"),
        tr("“%1” is TorchScript: a program that this computer runs when it is opened. It can do whatever you can do.")
            .arg(QFileInfo(file).fileName()),
        QMessageBox::NoButton, parent);
    box.setInformativeText(tr("Open it only if you trust whoever made it."));
    const QPushButton* run = box.addButton(tr("&Run and open it"), QMessageBox::AcceptRole);
    QPushButton* leave = box.addButton(tr("&Do not open"), QMessageBox::RejectRole);
    box.setDefaultButton(leave);
    box.setEscapeButton(leave);
    box.exec();
    return box.clickedButton() == run;
}

std::optional<ScriptHints> askHints(QWidget* parent, const QString& file, const QString& why)
{
    FormDialog dialog(parent, tr("What “%1” does not say").arg(QFileInfo(file).fileName()), why, tr("&Open"));
    QSpinBox latents;
    latents.setRange(0, mostLatents);
    latents.setSpecialValueText(tr("found by trying"));
    QSpinBox classes;
    classes.setRange(0, mostClasses);
    classes.setSpecialValueText(tr("none, or found by trying"));
    dialog.add(tr("&Numbers of its latent"), &latents);
    dialog.add(tr("&Classes of its label"), &classes);
    if (!dialog.ask())
        return std::nullopt;
    return ScriptHints{latents.value(), classes.value()};
}

std::optional<GeneratorFacts> askFacts(QWidget* parent, const GeneratorFacts& taken)
{
    FormDialog dialog(parent, tr("What the file does not say"),
        tr("Pictures that look washed out have another black and white; pictures all alike or broken come of latents "
           "drawn otherwise than in its training."),
        tr("&Take"));
    QComboBox distribution;
    distribution.addItem(tr("normal"), static_cast<int>(LatentDistribution::Normal));
    distribution.addItem(tr("uniform from −1 to 1"), static_cast<int>(LatentDistribution::Uniform));
    distribution.setCurrentIndex(distribution.findData(static_cast<int>(taken.distribution)));
    const std::pair<QString, OutputRange> ranges[]{
        {tr("−1 and 1"), {-1, 1}}, {tr("0 and 1"), {0, 1}}, {tr("0 and 255"), {0, 255}}};
    QComboBox range;
    for (const auto& [name, value] : ranges) {
        range.addItem(name);
        if (value == taken.range)
            range.setCurrentIndex(range.count() - 1);
    }
    dialog.add(tr("&Latents are drawn"), &distribution);
    dialog.add(tr("&Black and white are"), &range);
    if (!dialog.ask())
        return std::nullopt;
    return GeneratorFacts{
        static_cast<LatentDistribution>(distribution.currentData().toInt()), ranges[range.currentIndex()].second};
}

} // namespace

GeneratorDialogs systemGeneratorDialogs()
{
    return {trustCode, askHints, askFacts};
}

} // namespace saddle
