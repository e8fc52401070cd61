// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the program's icon as desktops want it: make-icons FOLDER NAME, for FOLDER/SIZExSIZE/apps/NAME.png and
// FOLDER/scalable/apps/NAME.svg.
#include "ui/widgets/glyphs.h"

#include <QDir>
#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <QSvgGenerator>

#include <cstdio>

int main(int argc, char** argv)
{
    const QGuiApplication application(argc, argv);
    const QStringList arguments = QGuiApplication::arguments();
    if (arguments.size() != 3) {
        std::fprintf(stderr, "Usage: make-icons FOLDER NAME\n");
        return 2;
    }
    const auto fileIn = [&](const QString& size, const QString& ending) {
        const QString folder = arguments[1] + QStringLiteral("/%1/apps").arg(size);
        QDir().mkpath(folder);
        return folder + QLatin1Char('/') + arguments[2] + ending;
    };

    bool written = true;
    for (const int size : {16, 24, 32, 48, 64, 128, 256}) {
        QImage image(size, size, QImage::Format_ARGB32);
        image.fill(Qt::transparent);
        QPainter painter(&image);
        saddle::drawApplicationIcon(painter, size);
        painter.end();
        written = image.save(fileIn(QStringLiteral("%1x%1").arg(size), QStringLiteral(".png"))) && written;
    }

    constexpr int scalable = 64;
    QSvgGenerator svg;
    svg.setFileName(fileIn(QStringLiteral("scalable"), QStringLiteral(".svg")));
    svg.setTitle(QStringLiteral("Saddle"));
    svg.setDescription(QStringLiteral("A valley and a hill that meet in the saddle point"));
    svg.setSize({scalable, scalable});
    svg.setViewBox(QRect(0, 0, scalable, scalable));
    QPainter painter;
    written = painter.begin(&svg) && written;
    saddle::drawApplicationIcon(painter, scalable);
    written = painter.end() && written;
    if (!written)
        std::fprintf(stderr, "make-icons: not everything could be written in %s\n", qPrintable(arguments[1]));
    return written ? 0 : 1;
}
