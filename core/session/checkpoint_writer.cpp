// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/checkpoint_writer.h"

#include "core/base/files.h"

#include <exception>
#include <utility>

namespace saddle {

WrittenCheckpoint writeAndThin(const std::filesystem::path& runFolder, std::int64_t step, const std::string& reason,
    Snapshot checkpoint, std::uint64_t budget)
{
    WrittenCheckpoint written{step, reason};
    CheckpointData data{std::move(checkpoint.state), {}};
    try {
        data.tensors = checkpoint.tensors();
    } catch (const std::exception& thrown) {
        written.place = noCheckpoint(thrown);
        written.fault = Fault::Kind::Other;
        return written;
    }
    try {
        // A checkpoint must not outlive the rows before it when the machine loses power.
        for (const char* log : {"metrics.csv", "events.jsonl"})
            syncFile(runFolder / log);
        written.place = writeCheckpoint(runFolder, step, data);
        if (written.place)
            written.use = thinCheckpoints(runFolder, budget);
    } catch (const std::exception& thrown) {
        written.place = Error{std::string("the checkpoint cannot be written: ") + thrown.what(), runFolder.string(),
            "free some memory, then try again"};
    }
    return written;
}

CheckpointWriter::CheckpointWriter(std::function<void()> notify)
    : m_notify(std::move(notify))
{
}

CheckpointWriter::~CheckpointWriter()
{
    wait();
}

void CheckpointWriter::write(const std::filesystem::path& runFolder, std::int64_t step, const std::string& reason,
    Snapshot checkpoint, std::uint64_t budget)
{
    wait();
    {
        const std::lock_guard lock(m_mutex);
        m_busy = true;
    }
    m_thread.post("checkpoint", [=, this, checkpoint = std::move(checkpoint)](const std::stop_token&) mutable {
        WrittenCheckpoint written = writeAndThin(runFolder, step, reason, std::move(checkpoint), budget);
        {
            const std::lock_guard lock(m_mutex);
            m_written.push_back(std::move(written));
        }
        m_notify(); // before it counts as done, so that whoever waited has been told
        {
            const std::lock_guard lock(m_mutex);
            m_busy = false;
        }
        m_done.notify_all();
    });
}

void CheckpointWriter::wait()
{
    std::unique_lock lock(m_mutex);
    m_done.wait(lock, [this] { return !m_busy; });
}

std::vector<WrittenCheckpoint> CheckpointWriter::take()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_written, {});
}

} // namespace saddle
