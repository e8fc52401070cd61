// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>

#include <functional>

class QImage;
class QMenu;
class QPoint;
class QSaveFile;
class QWidget;

namespace saddle {

/// Asks for a file to save to and returns its path, empty when the user thought better of it. Tests put their own.
using SaveDialog =
    std::function<QString(QWidget* parent, const QString& title, const QString& suggestedName, const QString& filter)>;
SaveDialog systemSaveDialog();

enum class SaveFormat { Png, Svg, Csv, Experiment };

/// Asks for a file of a format. `stem` is the suggested name without its ending; a name typed without one gets it. The
/// result is empty when the user thought better of it.
Result<QString> chooseFile(
    QWidget* parent, const SaveDialog& dialog, const QString& title, const QString& stem, SaveFormat format);
/// The same, and writes it.
Result<QString> saveAs(QWidget* parent, const SaveDialog& dialog, const QString& title, const QString& stem,
    SaveFormat format, const std::function<Status(const QString& path)>& write);

/// Writes a file, whole or not at all.
Status saveWhole(const QString& path, const std::function<bool(QSaveFile&)>& write);
/// Why a QSaveFile failed, with the remedy.
Error saveError(const QSaveFile& file);

/// What a widget offers of its picture in its context menu.
struct PictureOffer {
    QString prefix; ///< of the actions' names: "plot" gives plotCopy, plotSavePng, plotSaveSvg
    QString stem; ///< suggested name of the file
    SaveDialog dialog;
    std::function<QImage()> image;
    std::function<Status(const QString& path)> savePng;
    std::function<Status(const QString& path)> saveSvg; ///< empty where there is no drawing, only pixels
    std::function<void(const QString& what)> problem; ///< told what went wrong
};
/// Shows a context menu, which goes when it is closed.
void popUpMenu(QMenu* menu, const QPoint& place);
/// Puts copying and saving at the end of a menu.
void addPictureActions(QMenu* menu, QWidget* owner, const PictureOffer& offer);

} // namespace saddle
