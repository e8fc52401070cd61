// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/io/pickle.h"
#include "core/io/pickle_calls.h"

#include <charconv>
#include <string>
#include <unordered_map>
#include <utility>

namespace saddle {

/// Values that take no place of their own, however often they stand in a pickle.
inline constexpr PickleIndex noneIndex = 0;
inline constexpr PickleIndex falseIndex = 1;
inline constexpr PickleIndex trueIndex = 2;
inline constexpr PickleIndex emptyTupleIndex = 3;

/// The machine that a pickle is a program for: a stack of values with marks in it, and a memo of values by number. Part
/// of readPickle.
class PickleMachine {
public:
    using Kind = PickleNode::Kind;

    PickleMachine(std::string_view bytes, const std::string& where)
        : m_bytes(bytes)
        , m_where(where)
    {
        m_pickle.nodes.resize(4);
        m_pickle.nodes[falseIndex].kind = Kind::Bool;
        m_pickle.nodes[trueIndex].kind = Kind::Bool;
        m_pickle.nodes[trueIndex].integer = 1;
        m_pickle.nodes[emptyTupleIndex].kind = Kind::Tuple;
    }

    Result<Pickle> run()
    {
        while (m_problem.empty() && !m_stopped)
            step();
        if (!m_problem.empty()) {
            return Error{m_problem + " (at byte " + grouped(static_cast<std::int64_t>(m_at)) + ")", m_where,
                "use another copy of the file"};
        }
        m_pickle.size = m_at;
        return std::move(m_pickle);
    }

private:
    void fail(std::string problem)
    {
        if (m_problem.empty())
            m_problem = std::move(problem);
    }
    void failTooMany() { fail("it holds more than " + grouped(maximumPickleNodes) + " values, which no network does"); }
    void failDamaged() { fail("the list of what this file holds is damaged"); }

    std::string_view take(std::uint64_t size)
    {
        if (size > m_bytes.size() - m_at) {
            fail("the list of what this file holds is cut short");
            return {};
        }
        const std::string_view taken = m_bytes.substr(m_at, static_cast<std::size_t>(size));
        m_at += static_cast<std::size_t>(size);
        return taken;
    }
    std::uint64_t number(int bytes)
    {
        const std::string_view taken = take(static_cast<std::uint64_t>(bytes));
        std::uint64_t value = 0;
        for (std::size_t i = taken.size(); i-- > 0;)
            value = value << 8 | static_cast<unsigned char>(taken[i]);
        return value;
    }
    std::string_view line()
    {
        const std::size_t end = m_bytes.find('\n', m_at);
        if (end == std::string_view::npos) {
            fail("the list of what this file holds is cut short");
            return {};
        }
        const std::string_view taken = m_bytes.substr(m_at, end - m_at);
        m_at = end + 1;
        return taken;
    }

    void push(PickleIndex index)
    {
        if (m_stack.size() < maximumStack)
            m_stack.push_back(index);
        else
            failTooMany();
    }
    void push(PickleNode node)
    {
        if (m_pickle.nodes.size() >= maximumPickleNodes) {
            failTooMany();
            return;
        }
        push(static_cast<PickleIndex>(m_pickle.nodes.size()));
        m_pickle.nodes.push_back(std::move(node));
    }
    void push(Kind kind) { push(PickleNode{.kind = kind}); }
    void push(Kind kind, std::string text) { push(PickleNode{.kind = kind, .text = std::move(text)}); }
    void pushInteger(std::int64_t value) { push(PickleNode{.kind = Kind::Integer, .integer = value}); }
    void pushReal(double value) { push(PickleNode{.kind = Kind::Real, .real = value}); }
    void pushItems(Kind kind, std::vector<PickleIndex> items)
    {
        if (kind == Kind::Tuple && items.empty())
            push(emptyTupleIndex);
        else
            push(PickleNode{.kind = kind, .items = std::move(items)});
    }

    /// Where the stack above the last mark begins: below a mark nothing is taken.
    std::size_t floor() const { return m_marks.empty() ? 0 : m_marks.back(); }
    PickleIndex pop()
    {
        if (m_stack.size() <= floor()) {
            failDamaged();
            return noneIndex;
        }
        const PickleIndex top = m_stack.back();
        m_stack.pop_back();
        return top;
    }
    PickleNode* top()
    {
        if (m_stack.size() <= floor()) {
            failDamaged();
            return nullptr;
        }
        return &m_pickle.nodes[m_stack.back()];
    }
    std::vector<PickleIndex> popToMark()
    {
        if (m_marks.empty()) {
            failDamaged();
            return {};
        }
        const auto begin = m_stack.begin() + static_cast<std::ptrdiff_t>(m_marks.back());
        std::vector<PickleIndex> items(begin, m_stack.end());
        m_stack.erase(begin, m_stack.end());
        m_marks.pop_back();
        return items;
    }
    std::vector<PickleIndex> popSome(std::size_t count)
    {
        std::vector<PickleIndex> items(count);
        while (count > 0)
            items[--count] = pop();
        return items;
    }

    void remember(std::uint64_t key)
    {
        if (m_memo.size() >= maximumPickleNodes)
            failTooMany();
        else if (top())
            m_memo[key] = m_stack.back();
    }
    void recall(std::uint64_t key)
    {
        const auto found = m_memo.find(key);
        if (found == m_memo.end())
            failDamaged();
        else
            push(found->second);
    }
    std::uint64_t decimal()
    {
        const std::string_view digits = line();
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc() || end != digits.data() + digits.size())
            failDamaged();
        return value;
    }

    void global(const std::string& module, const std::string& name) { push(Kind::Global, module + "." + name); }
    void append(const std::vector<PickleIndex>& items, Kind wanted)
    {
        PickleNode* target = top();
        if (!target)
            return;
        // What is added to an object of a class that is not known cannot be said to be anything.
        if (target->kind == Kind::Object)
            return;
        if (target->kind != wanted || (wanted == Kind::Dict && items.size() % 2 != 0)) {
            failDamaged();
            return;
        }
        target->items.insert(target->items.end(), items.begin(), items.end());
    }
    void call(PickleIndex callable, PickleIndex arguments, CallKind how)
    {
        if (m_problem.empty() && !callKnown(m_pickle, callable, arguments, how, m_copied))
            failDamaged();
        else if (m_copied > m_bytes.size() + modestCopies)
            fail("it copies its own values over and over");
        if (!m_problem.empty())
            return;
        PickleNode made = std::move(m_pickle.nodes.back());
        m_pickle.nodes.pop_back();
        push(std::move(made));
    }
    void build(PickleIndex state)
    {
        PickleNode* target = top();
        if (target && target->kind == Kind::Object)
            target->state = state;
    }

    void step();
    bool stepNumber(char code);
    bool stepText(char code);
    bool stepContainer(char code);
    bool stepObject(char code);
    void wholeNumber(std::string_view digits);

    static constexpr std::size_t maximumStack = 4 * maximumPickleNodes;
    static constexpr std::size_t maximumMarks = 10'000;
    static constexpr std::size_t modestCopies = std::size_t{1} << 16;

    std::string_view m_bytes;
    const std::string& m_where;
    Pickle m_pickle;
    std::size_t m_at = 0;
    std::vector<PickleIndex> m_stack;
    std::vector<std::size_t> m_marks;
    std::unordered_map<std::uint64_t, PickleIndex> m_memo;
    std::size_t m_copied = 0; ///< items and bytes that calls have made again
    bool m_stopped = false;
    std::string m_problem;
};

} // namespace saddle
