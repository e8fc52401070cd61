// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/painter.h"

namespace saddle {

namespace {

using PaintingResult = Result<std::shared_ptr<const Painting>>;

PaintingResult paintWith(const GeneratorFactory& factory, const std::filesystem::path& checkpoint,
    const CanvasRequest& request, const PaintMonitor& monitor)
{
    // No exception may leave the thread.
    try {
        Result<std::unique_ptr<Generator>> generator = factory(checkpoint);
        if (!generator)
            return generator.error();
        Result<Image> image = (*generator)->paint(request, monitor);
        if (!image)
            return image.error();
        const GeneratorInfo& info = (*generator)->info();
        auto painting = std::make_shared<Painting>();
        painting->image = *std::move(image);
        painting->text = pictureText(info, request);
        painting->request = request;
        painting->step = info.step;
        painting->averaged = info.averaged;
        if (!info.classes.empty())
            painting->label = QString::fromStdString(info.classes[static_cast<std::size_t>(request.label)]);
        return PaintingResult(std::move(painting));
    } catch (const std::exception& thrown) {
        return Error{
            std::string("the image could not be painted: ") + thrown.what(), checkpoint.string(), "try a smaller one"};
    } catch (...) { // nothing thrown may leave this thread
        return Error{"the image could not be painted", checkpoint.string(), "try a smaller one"};
    }
}

} // namespace

Painter::Painter(GeneratorFactory factory, QObject* parent)
    : QObject(parent)
    , m_factory(std::move(factory))
{
}

Painter::~Painter()
{
    cancel();
    end();
}

void Painter::end()
{
    if (m_thread.joinable())
        m_thread.join();
    m_running = false;
}

void Painter::start(const std::filesystem::path& checkpoint, const CanvasRequest& request)
{
    if (m_running)
        return;
    m_running = true;
    m_thread = std::jthread([this, factory = m_factory, checkpoint, request](const std::stop_token& stop) {
        const PaintMonitor monitor = [this, &stop](std::int64_t done, std::int64_t parts) {
            const auto tell = [this, done, parts] { Q_EMIT progress(static_cast<int>(done), static_cast<int>(parts)); };
            QMetaObject::invokeMethod(this, tell, Qt::QueuedConnection);
            return !stop.stop_requested();
        };
        const auto tell = [this, stop, result = paintWith(factory, checkpoint, request, monitor)] {
            end();
            if (stop.stop_requested())
                Q_EMIT cancelled();
            else if (result)
                Q_EMIT finished(*result);
            else
                Q_EMIT failed(QString::fromStdString(result.error().sentence()));
        };
        QMetaObject::invokeMethod(this, tell, Qt::QueuedConnection);
    });
}

void Painter::cancel()
{
    m_thread.request_stop();
}

} // namespace saddle
