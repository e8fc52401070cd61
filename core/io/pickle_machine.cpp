// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/pickle_machine.h"

#include "core/io/pickle_text.h"

#include <bit>
#include <optional>

namespace saddle {

void PickleMachine::step()
{
    const std::string_view code = take(1);
    if (code.empty())
        return;
    switch (code[0]) {
    case '\x80': // PROTO
        if (number(1) > 5)
            fail("it was written by a newer Python than this program knows");
        return;
    case '\x95': // FRAME, which says only how much to read at once
        take(8);
        return;
    case '.':
        m_pickle.root = pop();
        m_stopped = true;
        return;
    case '(':
        m_marks.push_back(m_stack.size());
        if (m_marks.size() > maximumMarks)
            fail("its lists are nested too deeply");
        return;
    case '0':
        if (m_stack.size() > floor())
            m_stack.pop_back();
        else
            popToMark();
        return;
    case '1':
        popToMark();
        return;
    case '2':
        if (top())
            push(PickleIndex{m_stack.back()});
        return;
    case 'p':
        return remember(decimal());
    case 'q':
        return remember(number(1));
    case 'r':
        return remember(number(4));
    case '\x94':
        return remember(m_memo.size());
    case 'g':
        return recall(decimal());
    case 'h':
        return recall(number(1));
    case 'j':
        return recall(number(4));
    default:
        break;
    }
    if (!stepNumber(code[0]) && !stepText(code[0]) && !stepContainer(code[0]) && !stepObject(code[0]))
        failDamaged();
}

void PickleMachine::wholeNumber(std::string_view digits)
{
    if (digits == "00" || digits == "01") // what protocol 0 has for the two truths
        return push(digits == "01" ? trueIndex : falseIndex);
    if (digits.ends_with('L'))
        digits.remove_suffix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range)
        return push(Kind::Large);
    if (error != std::errc() || end != digits.data() + digits.size())
        return failDamaged();
    pushInteger(value);
}

bool PickleMachine::stepNumber(char code)
{
    switch (code) {
    case 'N':
        push(noneIndex);
        return true;
    case '\x88':
        push(trueIndex);
        return true;
    case '\x89':
        push(falseIndex);
        return true;
    case 'J':
        pushInteger(static_cast<std::int32_t>(number(4)));
        return true;
    case 'K':
        pushInteger(static_cast<std::int64_t>(number(1)));
        return true;
    case 'M':
        pushInteger(static_cast<std::int64_t>(number(2)));
        return true;
    case 'I':
    case 'L':
        wholeNumber(line());
        return true;
    case '\x8a':
    case '\x8b': {
        const std::string_view bytes = take(number(code == '\x8a' ? 1 : 4));
        const std::optional<std::int64_t> value = toInteger(bytes);
        if (value)
            pushInteger(*value);
        else
            push(Kind::Large, std::string(bytes));
        return true;
    }
    case 'F': {
        const std::string_view digits = line();
        double value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error == std::errc::invalid_argument || end != digits.data() + digits.size())
            failDamaged();
        pushReal(value);
        return true;
    }
    case 'G': {
        std::uint64_t bits = 0;
        for (const char byte : take(8))
            bits = bits << 8 | static_cast<unsigned char>(byte);
        pushReal(std::bit_cast<double>(bits));
        return true;
    }
    default:
        return false;
    }
}

bool PickleMachine::stepText(char code)
{
    const auto sized = [this](Kind kind, int bytes) { push(kind, std::string(take(number(bytes)))); };
    switch (code) {
    case 'S': {
        std::optional<std::string> text = fromQuoted(line());
        if (text)
            push(Kind::Text, *std::move(text));
        else
            failDamaged();
        return true;
    }
    case 'V':
        push(Kind::Text, fromRawUnicode(line()));
        return true;
    case 'T':
    case 'X':
        sized(Kind::Text, 4);
        return true;
    case 'U':
    case '\x8c':
        sized(Kind::Text, 1);
        return true;
    case '\x8d':
        sized(Kind::Text, 8);
        return true;
    case 'C':
        sized(Kind::Bytes, 1);
        return true;
    case 'B':
        sized(Kind::Bytes, 4);
        return true;
    case '\x8e':
    case '\x96':
        sized(Kind::Bytes, 8);
        return true;
    default:
        return false;
    }
}

bool PickleMachine::stepContainer(char code)
{
    switch (code) {
    case ')':
        push(emptyTupleIndex);
        return true;
    case ']':
        push(Kind::List);
        return true;
    case '}':
        push(Kind::Dict);
        return true;
    case '\x8f':
        push(Kind::Set);
        return true;
    case 't':
        pushItems(Kind::Tuple, popToMark());
        return true;
    case '\x85':
    case '\x86':
    case '\x87':
        pushItems(Kind::Tuple, popSome(static_cast<std::size_t>(code - '\x84')));
        return true;
    case 'l':
        pushItems(Kind::List, popToMark());
        return true;
    case '\x91':
        pushItems(Kind::Set, popToMark());
        return true;
    case 'd': {
        std::vector<PickleIndex> items = popToMark();
        if (items.size() % 2 != 0)
            failDamaged();
        pushItems(Kind::Dict, std::move(items));
        return true;
    }
    case 'a':
        append({pop()}, Kind::List);
        return true;
    case 'e':
        append(popToMark(), Kind::List);
        return true;
    case '\x90':
        append(popToMark(), Kind::Set);
        return true;
    case 's': {
        const PickleIndex value = pop();
        const PickleIndex key = pop();
        append({key, value}, Kind::Dict);
        return true;
    }
    case 'u':
        append(popToMark(), Kind::Dict);
        return true;
    default:
        return false;
    }
}

bool PickleMachine::stepObject(char code)
{
    switch (code) {
    case 'c': {
        const std::string module(line());
        global(module, std::string(line()));
        return true;
    }
    case '\x93': {
        const PickleIndex name = pop();
        const PickleIndex module = pop();
        if (m_pickle[name].kind != Kind::Text || m_pickle[module].kind != Kind::Text)
            failDamaged();
        else if ((m_copied += m_pickle[name].text.size() + m_pickle[module].text.size())
            > m_bytes.size() + modestCopies)
            fail("it copies its own values over and over");
        else
            global(m_pickle[module].text, m_pickle[name].text);
        return true;
    }
    case 'R': {
        const PickleIndex arguments = pop();
        call(pop(), arguments, CallKind::Function);
        return true;
    }
    case '\x81':
    case '\x92': {
        if (code == '\x92') // arguments by name, which nothing that is known has
            pop();
        const PickleIndex arguments = pop();
        call(pop(), arguments, CallKind::Class);
        return true;
    }
    case 'i': {
        const std::string module(line());
        const std::string name(line());
        pushItems(Kind::Tuple, popToMark());
        global(module, name);
        const PickleIndex callable = pop();
        call(callable, pop(), CallKind::Class);
        return true;
    }
    case 'o': {
        std::vector<PickleIndex> items = popToMark();
        if (items.empty()) {
            failDamaged();
            return true;
        }
        const PickleIndex callable = items.front();
        items.erase(items.begin());
        pushItems(Kind::Tuple, std::move(items));
        call(callable, pop(), CallKind::Class);
        return true;
    }
    case 'b':
        build(pop());
        return true;
    case 'P':
        push(Kind::Text, std::string(line()));
        pushItems(Kind::Persistent, {pop()});
        return true;
    case 'Q':
        pushItems(Kind::Persistent, {pop()});
        return true;
    case '\x82':
    case '\x83':
    case '\x84':
        fail("it uses an extension that only the program which wrote it knows");
        return true;
    case '\x97':
    case '\x98':
        fail("part of it was kept outside the file");
        return true;
    default:
        return false;
    }
}

} // namespace saddle
