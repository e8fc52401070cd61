// SPDX-License-Identifier: GPL-3.0-or-later
// The store of memory for tensors: what is freed is used again, and what is kept stays within what was once in use.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/training/kept_blocks.h"

#include <c10/core/CPUAllocator.h>
#include <torch/torch.h>

#include <QtTest>

#include <random>
#include <thread>
#endif

using namespace saddle;

namespace {

constexpr std::int64_t mebibyte = 1 << 20;

torch::Tensor bytes(std::int64_t count)
{
    return torch::empty({count}, torch::kByte);
}

} // namespace

class TestKeptBlocks : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { keepFreedBlocks(); }
    void init() { dropKeptBlocks(); }

    void whatIsFreedIsUsedAgain()
    {
        const BlockUse before = blockUse();
        const void* first = nullptr;
        {
            const torch::Tensor one = bytes(8 * mebibyte);
            first = one.const_data_ptr();
            QCOMPARE(blockUse().used, before.used + 8 * mebibyte);
        }
        QCOMPARE(blockUse().kept, before.kept + 8 * mebibyte);
        const torch::Tensor nearly = bytes(8 * mebibyte - 1000);
        QCOMPARE(nearly.const_data_ptr(), first);
        const torch::Tensor less = bytes(6 * mebibyte); // too far from anything that is kept
        QVERIFY(less.const_data_ptr() != first);
        QCOMPARE(blockUse().taken, before.taken + 2);
        QCOMPARE(reinterpret_cast<std::uintptr_t>(less.const_data_ptr()) % 64, std::uintptr_t{0});
    }

    void smallOnesAreNoneOfIt()
    {
        const BlockUse before = blockUse();
        torch::Tensor small = bytes(mebibyte - 1);
        small = torch::Tensor();
        QCOMPARE(blockUse().taken, before.taken);
        QCOMPARE(blockUse().kept, before.kept);
        c10::Allocator* const allocator = c10::GetCPUAllocator();
        for (const std::size_t size : {std::size_t{100}, std::size_t{3} << 20}) {
            void* const raw = allocator->raw_allocate(size);
            std::memset(raw, 1, size);
            allocator->raw_deallocate(raw);
        }
    }

    /// Whatever is asked for, used and kept together are never more than what was used at once.
    void staysWithinWhatWasUsed()
    {
        const std::int64_t taken = blockUse().taken;
        std::mt19937 random(3);
        std::vector<torch::Tensor> held;
        for (int i = 0; i < 3000; ++i) {
            if (held.size() > 12 || (!held.empty() && random() % 2)) {
                held.erase(held.begin() + static_cast<std::ptrdiff_t>(random() % held.size()));
            } else {
                held.push_back(bytes(mebibyte + static_cast<std::int64_t>(random() % (40 * mebibyte))));
                held.back()[0] = 1;
            }
            const BlockUse now = blockUse();
            QVERIFY(now.used + now.kept <= now.mostUsed);
            QVERIFY(now.used >= 0 && now.kept >= 0);
        }
        held.clear();
        const BlockUse after = blockUse();
        QCOMPARE(after.used, std::int64_t{0});
        QVERIFY(after.taken > taken);
        dropKeptBlocks();
        QCOMPARE(blockUse().kept, std::int64_t{0});
    }

    /// The same sizes in turn, as steps ask for them, come from the kernel once.
    void stepsAskTheKernelForNothing()
    {
        const auto step = [] {
            std::vector<torch::Tensor> made;
            for (const std::int64_t size : {5, 9, 5, 17, 3, 9})
                made.push_back(bytes(size * mebibyte));
            made.erase(made.begin() + 1, made.begin() + 4);
            for (const std::int64_t size : {9, 5, 17})
                made.push_back(bytes(size * mebibyte));
        };
        step();
        const std::int64_t taken = blockUse().taken;
        for (int i = 0; i < 10; ++i)
            step();
        QCOMPARE(blockUse().taken, taken);
    }

    /// Each tensor keeps what was written into it, whoever frees and takes beside it.
    void threadsDoNotMix()
    {
        std::atomic<int> wrong = 0;
        std::vector<std::jthread> threads;
        for (int worker = 0; worker < 3; ++worker) {
            threads.emplace_back([&wrong, worker] {
                for (int i = 0; i < 200; ++i) {
                    const torch::Tensor own = bytes(mebibyte + 70000 * (i % 5));
                    auto* const data = own.mutable_data_ptr<std::uint8_t>();
                    const auto mark = static_cast<std::uint8_t>(1 + worker);
                    data[0] = data[own.numel() - 1] = mark;
                    std::this_thread::yield();
                    wrong += data[0] != mark || data[own.numel() - 1] != mark;
                }
            });
        }
        threads.clear();
        QCOMPARE(wrong.load(), 0);
        QCOMPARE(blockUse().used, std::int64_t{0});
    }
};

QTEST_GUILESS_MAIN(TestKeptBlocks)
#include "kept_blocks.moc"
