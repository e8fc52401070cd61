// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/save_file.h"

#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QImage>
#include <QMenu>
#include <QSaveFile>
#include <QSettings>
#include <QStandardPaths>

namespace saddle {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("saddle::SaveFile", text);
}

QString suffixOf(SaveFormat format)
{
    switch (format) {
    case SaveFormat::Svg:
        return QStringLiteral("svg");
    case SaveFormat::Csv:
        return QStringLiteral("csv");
    case SaveFormat::Experiment:
        return QStringLiteral("json");
    case SaveFormat::Png:
        break;
    }
    return QStringLiteral("png");
}

QString filterOf(SaveFormat format)
{
    switch (format) {
    case SaveFormat::Svg:
        return tr("SVG drawings (*.svg)");
    case SaveFormat::Csv:
        return tr("CSV tables (*.csv)");
    case SaveFormat::Experiment:
        return tr("Experiments (*.json)");
    case SaveFormat::Png:
        break;
    }
    return tr("PNG images (*.png)");
}

} // namespace

SaveDialog systemSaveDialog()
{
    return [](QWidget* parent, const QString& title, const QString& suggestedName, const QString& filter) {
        // Where the last file went is where the next is looked for.
        const QString key = QStringLiteral("saveFolder");
        QDir folder(QSettings().value(key).toString());
        if (QSettings().value(key).isNull() || !folder.exists())
            folder = QStandardPaths::writableLocation(QStandardPaths::HomeLocation);
        const QString path = QFileDialog::getSaveFileName(parent, title, folder.filePath(suggestedName), filter);
        if (!path.isEmpty())
            QSettings().setValue(key, QFileInfo(path).path());
        return path;
    };
}

Result<QString> chooseFile(
    QWidget* parent, const SaveDialog& dialog, const QString& title, const QString& stem, SaveFormat format)
{
    const QString ending = QLatin1Char('.') + suffixOf(format);
    QString path = dialog(parent, title, stem + ending, filterOf(format));
    if (path.isEmpty())
        return path;
    if (QFileInfo(path).suffix().isEmpty()) {
        path += ending;
        // The dialog asked about the name without the ending.
        if (QFileInfo::exists(path)) {
            return Error{tr("a file of this name exists already").toStdString(), path.toStdString(),
                tr("choose it by its full name to replace it").toStdString()};
        }
    }
    return path;
}

Result<QString> saveAs(QWidget* parent, const SaveDialog& dialog, const QString& title, const QString& stem,
    SaveFormat format, const std::function<Status(const QString& path)>& write)
{
    Result<QString> path = chooseFile(parent, dialog, title, stem, format);
    if (!path || path->isEmpty())
        return path;
    if (const Status written = write(*path); !written)
        return written.error();
    return path;
}

Error saveError(const QSaveFile& file)
{
    return {tr("cannot be written: %1").arg(file.errorString()).toStdString(), file.fileName().toStdString(),
        tr("choose a folder you may write to, with room on its disk").toStdString()};
}

Status saveWhole(const QString& path, const std::function<bool(QSaveFile&)>& write)
{
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && write(file) && file.commit())
        return {};
    return saveError(file);
}

void popUpMenu(QMenu* menu, const QPoint& place)
{
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->popup(place);
}

void addPictureActions(QMenu* menu, QWidget* owner, const PictureOffer& offer)
{
    const auto add = [&](const QString& text, const char* name, const std::function<void()>& run) {
        menu->addAction(text, owner, run)->setObjectName(offer.prefix + QLatin1String(name));
    };
    const auto save = [&](const QString& text, const char* name, const QString& title, SaveFormat format,
                          const std::function<Status(const QString&)>& write) {
        add(text, name, [owner, offer, title, format, write] {
            const Result<QString> saved = saveAs(owner, offer.dialog, title, offer.stem, format, write);
            if (!saved)
                offer.problem(QString::fromStdString(saved.error().sentence()));
        });
    };
    add(tr("&Copy image"), "Copy", [image = offer.image] { QApplication::clipboard()->setImage(image()); });
    save(tr("Save as &PNG\u2026"), "SavePng", tr("Save as PNG"), SaveFormat::Png, offer.savePng);
    if (offer.saveSvg)
        save(tr("Save as &SVG\u2026"), "SaveSvg", tr("Save as SVG"), SaveFormat::Svg, offer.saveSvg);
}

} // namespace saddle
