// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/pickle.h"

#include "core/base/files.h"
#include "tests/core/base/crafted.h"
#include "tests/support/foreign.h"
#include "tests/support/says.h"

#include <QElapsedTimer>

using namespace saddle;
using namespace saddle::test;
using namespace std::string_literals;

namespace {

using Kind = PickleNode::Kind;

/// The pickle of one protocol that Python wrote.
std::string written(int protocol)
{
    const Result<std::string> bytes = readFile(foreignFile("pickles/" + std::to_string(protocol) + ".pkl"), 1u << 20);
    return bytes ? *bytes : std::string();
}

const PickleNode& item(const Pickle& pickle, const PickleNode& list, std::size_t index)
{
    return pickle[list.items[index]];
}

std::string repeated(const std::string& text, std::size_t count)
{
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
        all += text;
    return all;
}

} // namespace

class TestPickle : public QObject {
    Q_OBJECT

private slots:
    void protocols_data();
    void protocols();
    void nothingIsCalled();
    void classesStayNames();
    void selfReference();
    void consecutivePickles();
    void refusals_data();
    void refusals();
    void cutShort();
    void copyingIsBounded();
    void valuesAreBounded();
    void deepNestingIsRead();
};

void TestPickle::protocols_data()
{
    QTest::addColumn<int>("protocol");
    for (int protocol = 0; protocol <= 5; ++protocol)
        QTest::addRow("%d", protocol) << protocol;
}

void TestPickle::protocols()
{
    QFETCH(const int, protocol);
    const Result<Pickle> read = readPickle(written(protocol), "value");
    QVERIFY_OK(read);
    const Pickle& pickle = *read;
    const PickleNode& root = pickle[pickle.root];
    QCOMPARE(root.kind, Kind::Dict);
    QCOMPARE(root.items.size(), std::size_t{2 * 23});
    const auto at = [&](const char* key) -> const PickleNode& { return *pickle.find(root, key); };
    QCOMPARE(at("none").kind, Kind::None);
    QCOMPARE(at("true").kind, Kind::Bool);
    QCOMPARE(at("true").integer, std::int64_t{1});
    QCOMPARE(at("false").kind, Kind::Bool);
    QCOMPARE(at("false").integer, std::int64_t{0});
    const std::pair<const char*, std::int64_t> integers[] = {
        {"small", 7}, {"byte", 200}, {"short", 60000}, {"minus", -5}, {"large", std::int64_t{1} << 40}};
    for (const auto& [key, value] : integers) {
        QCOMPARE(at(key).kind, Kind::Integer);
        QCOMPARE(at(key).integer, value);
    }
    QCOMPARE(at("huge").kind, Kind::Large);
    QCOMPARE(at("float").kind, Kind::Real);
    QCOMPARE(at("float").real, -0.125);
    QCOMPARE(at("text").kind, Kind::Text);
    QCOMPARE(at("text").text, std::string("zwölf\n'"));
    QCOMPARE(at("bytes").kind, Kind::Bytes);
    QCOMPARE(at("bytes").text, std::string("\x00\xff", 2));
    QCOMPARE(at("array").kind, Kind::Bytes);
    QCOMPARE(at("array").text, std::string("ab"));
    QCOMPARE(at("long").text, std::string(300, 'x'));
    QCOMPARE(at("empty").kind, Kind::Dict);
    for (std::size_t size = 0; size <= 4; ++size) {
        const PickleNode& tuple = item(pickle, at("tuples"), size);
        QCOMPARE(tuple.kind, Kind::Tuple);
        QCOMPARE(tuple.items.size(), size);
        for (std::size_t i = 0; i < size; ++i)
            QCOMPARE(item(pickle, tuple, i).integer, static_cast<std::int64_t>(i + 1));
    }
    // One list in two places is one value.
    QCOMPARE(&at("first"), &at("second"));
    QCOMPARE(item(pickle, at("first"), 1).text, std::string("twice"));
    QCOMPARE(at("ordered").kind, Kind::Dict);
    QCOMPARE(item(pickle, at("ordered"), 0).text, std::string("b"));
    QCOMPARE(pickle.find(at("ordered"), "a")->integer, std::int64_t{2});
    QCOMPARE(at("set").kind, Kind::Set);
    QCOMPARE(item(pickle, at("set"), 0).integer, std::int64_t{5});
    QCOMPARE(at("frozen").kind, Kind::Set);
    QCOMPARE(item(pickle, at("frozen"), 0).integer, std::int64_t{6});
    QCOMPARE(at("list").items.size(), std::size_t{3});
    QCOMPARE(item(pickle, at("list"), 2).integer, std::int64_t{2});
    QCOMPARE(at("numpy").kind, Kind::Object);
    QVERIFY(at("numpy").text.starts_with("numpy."));
}

void TestPickle::nothingIsCalled()
{
    const Result<Pickle> read = readPickle("cposix\nsystem\n(S'touch /tmp/saddle-ran-a-command'\ntR.", "value");
    QVERIFY_OK(read);
    const PickleNode& root = (*read)[read->root];
    QCOMPARE(root.kind, Kind::Object);
    QVERIFY(root.viaCall);
    QCOMPARE(root.text, std::string("posix.system"));
    QVERIFY(!std::filesystem::exists("/tmp/saddle-ran-a-command"));
}

void TestPickle::classesStayNames()
{
    // An instance with a state, and what protocol 0 makes of one.
    const std::string instance = "\x80\x02" + "cnet\nGenerator\n)\x81}X"s + littleEndian(1, 4) + "wK\x05sb.";
    for (const std::string& bytes :
        {instance, "ccopy_reg\n_reconstructor\n(cnet\nGenerator\nc__builtin__\nobject\nNtR(dS'w'\nI5\nsb."s,
            "(inet\nGenerator\n(dS'w'\nI5\nsb."s}) {
        const Result<Pickle> read = readPickle(bytes, "value");
        QVERIFY_OK(read);
        const PickleNode& root = (*read)[read->root];
        QCOMPARE(root.kind, Kind::Object);
        QVERIFY(!root.viaCall);
        QCOMPARE(root.text, std::string("net.Generator"));
        QCOMPARE(read->find((*read)[root.state], "w")->integer, std::int64_t{5});
    }
}

void TestPickle::selfReference()
{
    const Result<Pickle> read = readPickle("]q\x01h\x01"
                                           "a.",
        "value");
    QVERIFY_OK(read);
    const PickleNode& root = (*read)[read->root];
    QCOMPARE(root.items.size(), std::size_t{1});
    QCOMPARE(root.items.front(), read->root);
}

void TestPickle::consecutivePickles()
{
    const std::string bytes = "K\x01.K\x02.";
    const Result<Pickle> first = readPickle(bytes, "value");
    QVERIFY_OK(first);
    QCOMPARE(first->size, std::size_t{3});
    const Result<Pickle> second = readPickle(std::string_view(bytes).substr(first->size), "value");
    QVERIFY_OK(second);
    QCOMPARE((*second)[second->root].integer, std::int64_t{2});
}

void TestPickle::refusals_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("says");
    QTest::newRow("newer protocol") << QByteArray("\x80\x06N.") << "newer Python";
    QTest::newRow("unknown code") << QByteArray("\xff.") << "damaged";
    QTest::newRow("empty stack") << QByteArray(".") << "damaged";
    QTest::newRow("no mark") << QByteArray("Nt.") << "damaged";
    QTest::newRow("below a mark") << QByteArray("N(a.") << "damaged";
    QTest::newRow("no memo") << QByteArray("h\x05.") << "damaged";
    QTest::newRow("append to a number") << QByteArray("K\x01K\x02"
                                                      "a.")
                                        << "damaged";
    QTest::newRow("odd dictionary") << QByteArray("(K\x01"
                                                  "d.")
                                    << "damaged";
    QTest::newRow("call of a number") << QByteArray("K\x01)R.") << "damaged";
    QTest::newRow("extension") << QByteArray("\x82\x01.") << "extension";
    QTest::newRow("buffer outside") << QByteArray("\x97.") << "outside";
    QTest::newRow("no number") << QByteArray("Ione\n.") << "damaged";
    QTest::newRow("no real") << QByteArray("Fone\n.") << "damaged";
    QTest::newRow("open quote") << QByteArray("S'open\n.") << "damaged";
    QTest::newRow("long text") << QByteArray("X\xff\xff\xff\x7f.", 6) << "cut short";
    QTest::newRow("long bytes") << QByteArray("\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", 10) << "cut short";
}

void TestPickle::refusals()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const QString, says);
    largestAllocation = 0;
    SAYS(readPickle(bytes.toStdString(), "FILE"), "FILE", says.toStdString(), "another copy");
    QVERIFY(largestAllocation < modestAllocation);
}

void TestPickle::cutShort()
{
    for (int protocol = 0; protocol <= 5; ++protocol) {
        const std::string whole = written(protocol);
        for (std::size_t size = 0; size < whole.size(); ++size)
            QVERIFY(!readPickle(std::string_view(whole).substr(0, size), "FILE"));
    }
}

void TestPickle::copyingIsBounded()
{
    // A list of 20,000 numbers, remembered, then made a set 20,000 times: 400 million items if each were a copy.
    const std::string list = "](" + repeated("K\x01", 20'000) + "eq\x01" + "0c__builtin__\nset\nq\x02" + "0";
    const std::string bytes = list + repeated("h\x02h\x01\x85R0", 20'000) + "N.";
    QElapsedTimer timer;
    timer.start();
    SAYS(readPickle(bytes, "FILE"), "over and over");
    QVERIFY(timer.elapsed() < 5000);
    // A name of 60,000 letters, made the name of a class again and again.
    const std::string name = "X" + littleEndian(60'000, 4) + std::string(60'000, 'a') + "q\x01" + "0";
    SAYS(readPickle(name
                 + repeated("h\x01h\x01\x93"
                            "0",
                     20'000)
                 + "N.",
             "FILE"),
        "over and over");
}

void TestPickle::valuesAreBounded()
{
    SAYS(readPickle(repeated("]", maximumPickleNodes + 1), "FILE"), "2,000,000 values");
    SAYS(readPickle(repeated("N", 4 * maximumPickleNodes + 1), "FILE"), "2,000,000 values");
    SAYS(readPickle("N" + repeated("\x94", maximumPickleNodes + 1), "FILE"), "2,000,000 values");
    SAYS(readPickle(repeated("(", 20'000), "FILE"), "nested too deeply");
}

void TestPickle::deepNestingIsRead()
{
    // A tuple in a tuple, 100,000 deep: no stack of this program's grows with it.
    const Result<Pickle> read = readPickle("N" + repeated("\x85", 100'000) + ".", "FILE");
    QVERIFY_OK(read);
    QCOMPARE((*read)[read->root].kind, Kind::Tuple);
}

QTEST_GUILESS_MAIN(TestPickle)
#include "pickle.moc"
