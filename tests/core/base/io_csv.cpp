// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/csv.h"

#include "tests/core/base/crafted.h"

#include <bit>
#include <clocale>
#include <cmath>
#include <limits>

using namespace saddle;
using namespace saddle::test;

using Row = std::vector<std::string>;

class TestCsv : public QObject {
    Q_OBJECT

private slots:
    void numbersComeBackExactly();
    void numbersAsText();
    void notNumbers();
    void quoting();
    void rowsComeBack();
    void plainTable();
    void lineEndings();
    void tornTails();
    void emptyCells();
    void refusals();
    void anyDamageIsSurvived();

private:
    Scratch m_scratch;
};

void TestCsv::numbersComeBackExactly()
{
    using Limits = std::numeric_limits<double>;
    std::vector<double> values{0.0, -0.0, 0.1, 1.0 / 3.0, 1e22, 1e-7, 123456789.125, Limits::max(), Limits::lowest(),
        Limits::min(), Limits::denorm_min(), Limits::epsilon(), Limits::infinity(), -Limits::infinity(),
        static_cast<double>(0.1f)};
    std::uint64_t state = 1;
    for (int i = 0; i < 20000; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const double value = std::bit_cast<double>(state);
        if (!std::isnan(value))
            values.push_back(value);
    }
    for (const double value : values) {
        const std::optional<double> back = parseNumber(formatNumber(value));
        QVERIFY(back.has_value());
        QCOMPARE(std::bit_cast<std::uint64_t>(*back), std::bit_cast<std::uint64_t>(value));
    }
}

void TestCsv::numbersAsText()
{
    // A comma for the decimal point would tear the row; not every machine has the locale, then this proves less.
    std::setlocale(LC_ALL, "de_DE.UTF-8");
    QCOMPARE(formatNumber(0.1), std::string("0.1"));
    QCOMPARE(formatNumber(-2.5), std::string("-2.5"));
    QCOMPARE(formatNumber(3), std::string("3"));
    QCOMPARE(formatNumber(std::numeric_limits<double>::infinity()), std::string("inf"));
    QCOMPARE(formatNumber(-std::numeric_limits<double>::infinity()), std::string("-inf"));
    QCOMPARE(formatNumber(std::nan("")), std::string());
    QVERIFY(std::isnan(parseNumber("").value()));
    QCOMPARE(parseNumber("0.5").value(), 0.5);
    std::setlocale(LC_ALL, "C");
}

void TestCsv::notNumbers()
{
    for (const char* cell : {"x", "1x", " 1", "1 ", "1,5", "--1", "1e999"})
        QVERIFY2(!parseNumber(cell), cell);
}

void TestCsv::quoting()
{
    QCOMPARE(quoteCell("plain"), std::string("plain"));
    QCOMPARE(quoteCell(""), std::string());
    QCOMPARE(quoteCell("a,b"), std::string("\"a,b\""));
    QCOMPARE(quoteCell("say \"x\""), std::string("\"say \"\"x\"\"\""));
    QCOMPARE(quoteCell("two\nlines"), std::string("\"two\nlines\""));
    QCOMPARE(csvRow(Row{"step", "a,b", ""}), std::string("step,\"a,b\",\n"));
}

void TestCsv::rowsComeBack()
{
    const Row header{"plain", "with,comma", "with \"quotes\""};
    const std::vector<Row> rows{{"1", "two\nlines", "\""}, {"", "\r\n", ",,"}, {"\r", "\"\"", "ä ö"}};
    std::string text = csvRow(header);
    for (const Row& row : rows)
        text += csvRow(row);
    const auto table = splitCsv(text, "table");
    QVERIFY_OK(table);
    QCOMPARE(table->header, header);
    QCOMPARE(table->rows, rows);
    QVERIFY(!table->tornTail);
    QCOMPARE(table->completeBytes, text.size());
}

void TestCsv::plainTable()
{
    const auto table = readCsv(m_scratch.write("metrics.csv", "step,d_loss\n0,0.5\n1,\n"));
    QVERIFY_OK(table);
    QCOMPARE(table->header, (Row{"step", "d_loss"}));
    QCOMPARE(table->rows, (std::vector<Row>{{"0", "0.5"}, {"1", ""}}));
    QCOMPARE(table->column("d_loss"), std::optional<std::size_t>(1));
    QVERIFY(!table->column("g_loss"));
}

void TestCsv::lineEndings()
{
    const auto table = splitCsv("\xef\xbb\xbf"
                                "a,b\r\n1,\"2\"\r\n3,x\ry\r\n",
        "table");
    QVERIFY_OK(table);
    QCOMPARE(table->header, (Row{"a", "b"}));
    QCOMPARE(table->rows, (std::vector<Row>{{"1", "2"}, {"3", "x\ry"}}));
    QCOMPARE(table->completeBytes, std::size_t{3 + 5 + 7 + 7});
}

void TestCsv::tornTails()
{
    const std::string whole = "a,b\n1,2\n";
    for (const std::string& tail :
        {std::string("3"), std::string("3,4"), std::string("3,4,5"), std::string("3,\"x"), std::string("3,\"x\""),
            std::string("3,\"x\"\r"), std::string("3,4\r"), std::string("3\"4"), std::string(7, '\0')}) {
        const auto table = splitCsv(whole + tail, "table");
        QVERIFY_OK(table);
        QVERIFY2(table->tornTail, tail.c_str());
        QCOMPARE(table->rows, (std::vector<Row>{{"1", "2"}}));
        QCOMPARE(table->completeBytes, whole.size());
    }
}

void TestCsv::emptyCells()
{
    const auto table = splitCsv("a\n\n1\n", "table");
    QVERIFY_OK(table);
    QCOMPARE(table->rows, (std::vector<Row>{{""}, {"1"}}));
    const auto headerOnly = splitCsv("a,b\n", "table");
    QVERIFY_OK(headerOnly);
    QVERIFY(headerOnly->rows.empty());
}

void TestCsv::refusals()
{
    REFUSED(readCsv(m_scratch.path("missing.csv")), m_scratch.path("missing.csv").string());
    REFUSED(readCsv(m_scratch.path()), "this is a folder");
    REFUSED(readCsv(m_scratch.write("empty.csv", "")), "the file is empty");
    REFUSED(splitCsv("step,d_lo", "table"), "no whole header line");
    REFUSED(splitCsv("\xef\xbb\xbf", "table"), "no whole header line");
    REFUSED(splitCsv("a,b\n1,2\n3\n4,5\n", "table"), "table, line 3: there are 1 cells where the header has 2");
    REFUSED(splitCsv("a,b\n1,2,3\n", "table"), "table, line 2");
    REFUSED(splitCsv("a,b\n1,2\n\n", "table"), "table, line 3");
    REFUSED(splitCsv("a,b\n\"x\ny\",2\n1\n", "table"), "table, line 4");
    REFUSED(splitCsv("a,b\n1,x\"y\n3,4\n", "table"), "table, line 2: there is a stray quote");
    REFUSED(splitCsv("a,b\n\"1\"x,2\n3,4\n", "table"), "table, line 2: there is a stray quote");
    REFUSED(splitCsv("a,b\n1,2\n\"3,4\n5,6\n", "table"), "table, line 3: a quote is opened and never closed");
    REFUSED(readCsv(m_scratch.write("bad.csv", "a\n1,2\n")), m_scratch.path("bad.csv").string() + ", line 2");
}

void TestCsv::anyDamageIsSurvived()
{
    const std::string whole = "a,\"b\"\"c\"\r\n1,\"x\ny\"\r\n2,3\n";
    for (std::size_t i = 0; i < whole.size(); ++i) {
        (void)splitCsv(whole.substr(0, i), "table");
        for (int value = 0; value < 256; ++value) {
            std::string bytes = whole;
            bytes[i] = static_cast<char>(value);
            const auto table = splitCsv(bytes, "table");
            for (const Row& row : table ? table->rows : std::vector<Row>{})
                QCOMPARE(row.size(), table->header.size());
        }
    }
}

QTEST_GUILESS_MAIN(TestCsv)
#include "io_csv.moc"
