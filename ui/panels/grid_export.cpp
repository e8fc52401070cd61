// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/grid_export.h"

#include "core/base/files.h"

#include <QDir>
#include <QFile>

#include <cerrno>

namespace saddle {
namespace {

constexpr std::size_t largestGrid = 512u << 20;
constexpr int mostNumbers = 10'000;

bool holds(const QString& path, const std::string& bytes)
{
    QFile file(path);
    return file.size() == static_cast<qint64>(bytes.size()) && file.open(QIODevice::ReadOnly)
        && file.readAll() == QByteArrayView(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

} // namespace

GridExport::GridExport(QObject* parent)
    : QObject(parent)
{
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, &GridExport::copyNext);
}

void GridExport::start(std::vector<std::filesystem::path> files, const QString& folder)
{
    if (m_running)
        return;
    m_files = std::move(files);
    m_next = 0;
    m_report = {};
    m_report.folder = folder;
    m_running = true;
    Q_EMIT progress(0, static_cast<int>(m_files.size()));
    m_timer.start();
}

void GridExport::cancel()
{
    if (!m_running)
        return;
    m_report.cancelled = true;
    finish();
}

void GridExport::copyNext()
{
    if (m_next >= m_files.size() || !copyOne(m_files[m_next])) {
        finish();
        return;
    }
    ++m_next;
    Q_EMIT progress(static_cast<int>(m_next), static_cast<int>(m_files.size()));
}

bool GridExport::copyOne(const std::filesystem::path& file)
{
    const Result<std::string> bytes = readFile(file, largestGrid);
    if (!bytes) {
        m_report.error = QString::fromStdString(bytes.error().sentence());
        return false;
    }
    const QString stem = QString::fromStdString(file.stem().string());
    const QString suffix = QString::fromStdString(file.extension().string());
    const QDir folder(m_report.folder);
    for (int number = 1; number < mostNumbers; ++number) {
        const QString name = number == 1 ? stem + suffix : QStringLiteral("%1-%2%3").arg(stem).arg(number).arg(suffix);
        const QString path = folder.filePath(name);
        if (QFile::exists(path)) {
            if (holds(path, *bytes)) {
                ++m_report.alreadyThere;
                return true;
            }
            continue;
        }
        // NewOnly: a file that somebody else made in the meantime is not overwritten either.
        QFile target(path);
        errno = 0;
        if (!target.open(QIODevice::WriteOnly | QIODevice::NewOnly)) {
            if (QFile::exists(path))
                continue;
            m_report.error = QString::fromStdString(
                systemError(errno, tr("the grid could not be written").toStdString(), path.toStdString()).sentence());
            return false;
        }
        const auto size = static_cast<qint64>(bytes->size());
        if (target.write(bytes->data(), size) != size || !target.flush()) {
            const int code = errno;
            target.remove();
            m_report.error = QString::fromStdString(
                systemError(code, tr("the grid could not be written").toStdString(), path.toStdString()).sentence());
            return false;
        }
        ++m_report.copied;
        m_report.renamed += number > 1 ? 1 : 0;
        return true;
    }
    m_report.error = tr("%1: too many files of this name. Choose another folder").arg(folder.filePath(stem + suffix));
    return false;
}

void GridExport::finish()
{
    m_timer.stop();
    m_files.clear();
    m_running = false;
    Q_EMIT finished();
}

} // namespace saddle
