// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/picture_file.h"

#include <QColorSpace>
#include <QCoreApplication>
#include <QFileInfo>
#include <QImage>
#include <QImageReader>
#include <QMimeData>
#include <QPainter>
#include <QUrl>

#include <algorithm>

namespace saddle {

namespace {

constexpr qint64 largestFile = qint64{256} << 20;
constexpr int megabytesAtMost = 256; // while decoding: maximumPixels of four bytes
constexpr auto remedy = QT_TRANSLATE_NOOP("saddle::PictureFile", "choose a PNG, JPEG or another common format");

QString tr(const char* text)
{
    return QCoreApplication::translate("saddle::PictureFile", text);
}

Error refusal(const QString& what, const QString& path, const char* otherwise = remedy)
{
    return {what.toStdString(), path.toStdString(), tr(otherwise).toStdString()};
}

} // namespace

Image toImage(QImage picture)
{
    if (picture.isNull())
        return {};
    if (picture.colorSpace().isValid() && picture.colorSpace() != QColorSpace(QColorSpace::SRgb))
        picture.convertToColorSpace(QColorSpace::SRgb);
    if (picture.hasAlphaChannel()) {
        QImage opaque(picture.size(), QImage::Format_RGB32);
        opaque.fill(Qt::white);
        QPainter(&opaque).drawImage(0, 0, picture);
        picture = opaque;
    }
    const bool grey = picture.isGrayscale();
    picture = picture.convertToFormat(grey ? QImage::Format_Grayscale8 : QImage::Format_RGB888);
    Image image{picture.width(), picture.height(), grey ? 1 : 3, {}};
    const auto row = static_cast<std::ptrdiff_t>(image.width) * image.channels;
    image.pixels.reserve(static_cast<std::size_t>(row) * static_cast<std::size_t>(image.height));
    for (int y = 0; y < image.height; ++y)
        image.pixels.insert(image.pixels.end(), picture.constScanLine(y), picture.constScanLine(y) + row);
    return image;
}

Result<Image> readPicture(const QString& path)
{
    const QFileInfo file(path);
    if (!file.exists())
        return refusal(tr("there is no file"), path);
    if (file.isDir())
        return refusal(tr("this is a folder"), path, QT_TRANSLATE_NOOP("saddle::PictureFile", "choose one picture"));
    if (file.size() > largestFile)
        return refusal(tr("the file is larger than 256 MB"), path,
            QT_TRANSLATE_NOOP("saddle::PictureFile", "make it smaller first"));
    QImageReader::setAllocationLimit(megabytesAtMost);
    QImageReader reader(path);
    reader.setDecideFormatFromContent(true);
    reader.setAutoTransform(true);
    if (const QSize size = reader.size(); size.isValid() && qint64{size.width()} * size.height() > maximumPixels)
        return refusal(tr("the picture has more than 64 million pixels"), path,
            QT_TRANSLATE_NOOP("saddle::PictureFile", "make it smaller first"));
    const QImage picture = reader.read();
    if (picture.isNull())
        return refusal(tr("this picture cannot be read (%1)").arg(reader.errorString()), path);
    return toImage(picture);
}

bool mayHoldPicture(const QMimeData& data)
{
    return data.hasImage() || (data.hasUrls() && data.urls().constFirst().isLocalFile());
}

Result<Image> pictureOf(const QMimeData& data)
{
    if (data.hasUrls() && !data.urls().isEmpty() && data.urls().constFirst().isLocalFile())
        return readPicture(data.urls().constFirst().toLocalFile());
    if (data.hasImage()) {
        const auto picture = qvariant_cast<QImage>(data.imageData());
        if (qint64{picture.width()} * picture.height() > maximumPixels)
            return refusal(tr("the picture has more than 64 million pixels"), {},
                QT_TRANSLATE_NOOP("saddle::PictureFile", "make it smaller first"));
        if (!picture.isNull())
            return toImage(picture);
    }
    return refusal(
        tr("there is no picture"), {}, QT_TRANSLATE_NOOP("saddle::PictureFile", "copy a picture or its file first"));
}

QString pictureFilter()
{
    QStringList patterns;
    for (const QByteArray& format : QImageReader::supportedImageFormats())
        patterns.push_back(QStringLiteral("*.") + QString::fromLatin1(format));
    return tr("Pictures (%1)").arg(patterns.join(QLatin1Char(' ')));
}

} // namespace saddle
