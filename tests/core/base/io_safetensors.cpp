// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/safetensors.h"

#include "core/base/files.h"
#include "tests/core/base/crafted.h"

#include <cmath>
#include <cstring>
#include <filesystem>

#include <sys/stat.h>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

template <typename T>
HostTensor tensor(DType dtype, std::vector<std::int64_t> shape, const std::vector<T>& values)
{
    HostTensor result{dtype, std::move(shape), {}};
    result.data.resize(values.size() * sizeof(T));
    if (!values.empty())
        std::memcpy(result.data.data(), values.data(), result.data.size());
    return result;
}

template <typename T>
std::vector<T> values(const HostTensor& tensor)
{
    std::vector<T> result(tensor.data.size() / sizeof(T));
    if (!result.empty())
        std::memcpy(result.data(), tensor.data.data(), tensor.data.size());
    return result;
}

/// A file with that header, as it is, and so many bytes of data.
std::string crafted(const std::string& header, std::size_t dataSize)
{
    return littleEndian(header.size(), 8) + header + std::string(dataSize, 'd');
}

std::string entry(
    const std::string& name, const std::string& dtype, const std::string& shape, const std::string& offsets)
{
    return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + offsets
        + "]}";
}

/// The same with one or two such entries.
std::string crafted(const std::string& first, const std::string& second, std::size_t dataSize)
{
    return crafted("{" + first + (second.empty() ? "" : ",") + second + "}", dataSize);
}

TensorMap small()
{
    return {{"generator/weight", tensor<float>(DType::F32, {2, 2}, {1, 2, 3, 4})},
        {"step", tensor<std::int64_t>(DType::I64, {}, {7})}, {"none", tensor<float>(DType::F32, {3, 0}, {})}};
}

} // namespace

class TestSafetensors : public QObject {
    Q_OBJECT

private slots:
    void reference();
    void onlyWhatIsWanted();
    void roundTrips();
    void theSameBytesEveryTime();
    void layout();
    void types();
    void emptyFiles();
    void refusesToEncode();
    void writesWholeFiles();
    void orderOfTheHeaderIsFree();
    void filesThatAreNone();
    void wrongHeaders();
    void wrongSizes();
    void anyDamageIsSurvived();

private:
    Scratch m_scratch;
};

void TestSafetensors::reference()
{
    const fs::path path = fs::path(SADDLE_TEST_DATA) / "data/reference.safetensors";
    const auto file = readSafetensors(path);
    QVERIFY_OK(file);
    QCOMPARE(file->metadata, (TensorMetadata{{"format", "np"}}));
    const TensorMap& tensors = file->tensors;
    QCOMPARE(tensors.size(), std::size_t{15});
    QCOMPARE(values<std::uint8_t>(tensors.at("bool")), (std::vector<std::uint8_t>{1, 0, 1}));
    QCOMPARE(tensors.at("u8").shape, (std::vector<std::int64_t>{2, 3}));
    QCOMPARE(values<std::uint8_t>(tensors.at("u8")), (std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5}));
    QCOMPARE(values<std::int8_t>(tensors.at("i8")), (std::vector<std::int8_t>{-128, 0, 127}));
    QCOMPARE(values<std::uint16_t>(tensors.at("u16")), (std::vector<std::uint16_t>{0, 65535}));
    QCOMPARE(values<std::int16_t>(tensors.at("i16")), (std::vector<std::int16_t>{-32768, 32767}));
    QCOMPARE(values<std::uint16_t>(tensors.at("f16")), (std::vector<std::uint16_t>{0x3800, 0xc000}));
    QCOMPARE(values<std::uint32_t>(tensors.at("u32")), (std::vector<std::uint32_t>{4294967295}));
    QCOMPARE(values<std::int32_t>(tensors.at("i32")), (std::vector<std::int32_t>{INT32_MIN, INT32_MAX}));
    QCOMPARE(values<float>(tensors.at("f32")), (std::vector<float>{0.25f, -1.5f, 3.0f, 1e-40f}));
    QCOMPARE(values<std::uint64_t>(tensors.at("u64")), (std::vector<std::uint64_t>{UINT64_MAX}));
    QCOMPARE(values<std::int64_t>(tensors.at("i64")), (std::vector<std::int64_t>{INT64_MIN, 42}));
    QCOMPARE(values<double>(tensors.at("f64")), (std::vector<double>{0.1, INFINITY}));
    QCOMPARE(values<float>(tensors.at("scalar")), (std::vector<float>{7.5f}));
    QVERIFY(tensors.at("scalar").shape.empty());
    QCOMPARE(tensors.at("empty").shape, (std::vector<std::int64_t>{0, 4}));
    QVERIFY(tensors.contains("a \"quoted\" näme"));

    // What we write is what the other implementation writes, byte for byte.
    const auto bytes = encodeSafetensors(tensors, file->metadata);
    QVERIFY_OK(bytes);
    QVERIFY(*bytes == *readFile(path, 1u << 20));
}

void TestSafetensors::onlyWhatIsWanted()
{
    const fs::path path = fs::path(SADDLE_TEST_DATA) / "data/reference.safetensors";
    const auto whole = readSafetensors(path);
    QVERIFY_OK(whole);
    const auto some = readSafetensors(path, [](const std::string& name) { return name.front() == 'u'; });
    QVERIFY_OK(some);
    QCOMPARE(some->metadata, whole->metadata);
    QVERIFY(!some->tensors.empty() && some->tensors.size() < whole->tensors.size());
    for (const auto& [name, tensor] : whole->tensors) {
        QCOMPARE(some->tensors.contains(name), name.front() == 'u');
        if (name.front() == 'u')
            QVERIFY(some->tensors.at(name) == tensor);
    }
    // What is not read is checked all the same.
    const fs::path torn = m_scratch.write("torn.safetensors", *readFile(path, 1 << 20) + "x");
    QVERIFY(!readSafetensors(torn, [](const std::string&) { return false; }).ok());
}

void TestSafetensors::roundTrips()
{
    const TensorMetadata metadata{{"saddle", "1"}, {"quote\"", "line\nbreak ü"}, {"", ""}};
    QVERIFY_OK(writeSafetensors(m_scratch.path("a.safetensors"), small(), metadata));
    const auto file = readSafetensors(m_scratch.path("a.safetensors"));
    QVERIFY_OK(file);
    QVERIFY(file->tensors == small());
    QCOMPARE(file->metadata, metadata);
}

void TestSafetensors::theSameBytesEveryTime()
{
    const TensorMetadata metadata{{"a", "b"}};
    const auto first = encodeSafetensors(small(), metadata);
    QVERIFY_OK(first);
    QVERIFY(*first == *encodeSafetensors(small(), metadata));
    QVERIFY_OK(writeSafetensors(m_scratch.path("b.safetensors"), small(), metadata));
    QVERIFY(*first == *readFile(m_scratch.path("b.safetensors"), 1u << 20));
}

void TestSafetensors::layout()
{
    const auto bytes = encodeSafetensors({{"b", tensor<std::uint8_t>(DType::U8, {1}, {1})},
        {"a", tensor<double>(DType::F64, {1}, {0.0})}, {"c", tensor<float>(DType::F32, {1}, {0.0f})}});
    QVERIFY_OK(bytes);
    std::uint64_t length = 0;
    std::memcpy(&length, bytes->data(), sizeof length);
    QCOMPARE(length % 8, std::uint64_t{0});
    const std::string header = bytes->substr(8, length);
    std::string json = "{";
    json += entry("a", "F64", "1", "0,8") + ",";
    json += entry("c", "F32", "1", "8,12") + ",";
    json += entry("b", "U8", "1", "12,13") + "}";
    QCOMPARE(header, json + std::string(header.size() - json.size(), ' '));
    QCOMPARE(bytes->size(), 8 + length + 13);
}

void TestSafetensors::types()
{
    for (const DType dtype : {DType::Bool, DType::U8, DType::I8, DType::I16, DType::U16, DType::F16, DType::BF16,
             DType::I32, DType::U32, DType::F32, DType::F64, DType::I64, DType::U64}) {
        QCOMPARE(dtypeNamed(dtypeName(dtype)), std::optional<DType>(dtype));
        const HostTensor one{dtype, {3}, std::vector<std::byte>(3 * dtypeSize(dtype), std::byte{5})};
        const auto bytes = encodeSafetensors({{"one", one}});
        QVERIFY_OK(bytes);
        const auto file = decodeSafetensors(*bytes, "bytes");
        QVERIFY_OK(file);
        QVERIFY(file->tensors.at("one") == one);
    }
    QCOMPARE(dtypeName(DType::BF16), std::string_view("BF16"));
    QCOMPARE(dtypeName(DType::Bool), std::string_view("BOOL"));
    QVERIFY(!dtypeNamed("f32"));
    QVERIFY(!dtypeNamed(""));
}

void TestSafetensors::emptyFiles()
{
    const auto bytes = encodeSafetensors({});
    QVERIFY_OK(bytes);
    QCOMPARE(*bytes, littleEndian(8, 8) + "{}      ");
    const auto file = decodeSafetensors(*bytes, "bytes");
    QVERIFY_OK(file);
    QVERIFY(file->tensors.empty() && file->metadata.empty());
    QVERIFY_OK(decodeSafetensors(crafted("{\"__metadata__\":{}}", 0), "bytes"));
}

void TestSafetensors::refusesToEncode()
{
    const HostTensor good = tensor<float>(DType::F32, {1}, {1});
    HostTensor shortData = good;
    shortData.data.pop_back();
    HostTensor negative = tensor<float>(DType::F32, {-1}, {});
    HostTensor overflow = tensor<float>(DType::F32, {INT64_MAX, INT64_MAX}, {});
    HostTensor deep = tensor<float>(DType::F32, std::vector<std::int64_t>(33, 1), {1});
    for (const HostTensor& bad : {shortData, negative, overflow, deep}) {
        REFUSED(encodeSafetensors({{"bad/one", bad}}), "bad/one");
        REFUSED(writeSafetensors(m_scratch.path("bad"), {{"bad/one", bad}}), m_scratch.path("bad").string());
    }
    REFUSED(encodeSafetensors({{"__metadata__", good}}), "reserved");
    QVERIFY(!encodeSafetensors({{"\xff", good}}).ok());
    QVERIFY(!encodeSafetensors({{"a", good}}, {{"key", "\xff"}}).ok());
    QVERIFY(!fs::exists(m_scratch.path("bad")));
}

void TestSafetensors::writesWholeFiles()
{
    const Scratch scratch;
    const fs::path file = scratch.path("kept");
    QVERIFY_OK(writeSafetensors(file, small()));
    const std::string before = *readFile(file, 1u << 20);
    const TensorMap other{{"other", tensor<double>(DType::F64, {1000}, std::vector<double>(1000))}};
    REFUSED(writeSafetensors(file / "inside", other), "cannot be written");
    REFUSED(writeSafetensors(scratch.path("missing") / "file", other), scratch.path("missing").string());
    if (fs::exists("/dev/full")) {
        fs::create_symlink("/dev/full", scratch.path("kept.part"));
        REFUSED(writeSafetensors(file, other), "Free some space");
        QVERIFY(!fs::is_symlink(scratch.path("kept.part")));
    }
    fs::create_directories(scratch.path("folder/full"));
    REFUSED(writeSafetensors(scratch.path("folder"), other), scratch.path("folder").string());
    QVERIFY(!fs::exists(scratch.path("folder.part")));
    QVERIFY(*readFile(file, 1u << 20) == before);
    QVERIFY_OK(writeSafetensors(file, other));
    QVERIFY(readSafetensors(file)->tensors == other);
    QVERIFY(!fs::exists(scratch.path("kept.part")));
}

void TestSafetensors::orderOfTheHeaderIsFree()
{
    const auto file = decodeSafetensors(crafted(entry("a", "U8", "2", "1,3"), entry("b", "U8", "", "0,1"), 3), "bytes");
    QVERIFY_OK(file);
    QCOMPARE(file->tensors.at("a").data.size(), std::size_t{2});
    const std::string spaced = R"( { "a" : { "data_offsets":[0,1], "shape" : [ 1 ], "dtype":"U8" } }  )";
    QVERIFY_OK(decodeSafetensors(crafted(spaced.substr(1), 1), "bytes"));
}

void TestSafetensors::filesThatAreNone()
{
    REFUSED(readSafetensors(m_scratch.path("missing")), m_scratch.path("missing").string());
    REFUSED(readSafetensors(m_scratch.path()), "this is a folder");
    REFUSED(readSafetensors(m_scratch.write("empty", "")), "the file is empty");
    REFUSED(readSafetensors(m_scratch.write("short", "1234567")), "too short");
    REFUSED(readSafetensors(m_scratch.write("torch.pt", "PK\3\4 and the rest")), "ZIP archive");
    REFUSED(readSafetensors("/dev/null"), "not a regular file");
    const fs::path pipe = m_scratch.path("pipe");
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    REFUSED(readSafetensors(pipe), "not a regular file"); // and does not wait for a writer
}

void TestSafetensors::wrongHeaders()
{
    const auto refused = [](const std::string& header) {
        return decodeSafetensors(crafted(header, 1), "a.safetensors");
    };
    const std::string good = entry("t", "U8", "1", "0,1");
    QVERIFY_OK(refused("{" + good + "}"));

    largestAllocation = 0;
    REFUSED(decodeSafetensors(littleEndian(100'000'001, 8) + "{}", "a"), "header would be 100000001 bytes");
    REFUSED(decodeSafetensors(littleEndian(UINT64_MAX, 8) + "{}", "a"), "not a safetensors file");
    REFUSED(decodeSafetensors(littleEndian(99'999'999, 8) + "{}", "a"), "ends inside its header");
    REFUSED(decodeSafetensors(littleEndian(3, 8) + "{}", "a"), "ends inside its header");
    REFUSED(decodeSafetensors(littleEndian(0, 8), "a"), "its header is not JSON");
    QVERIFY(largestAllocation < modestAllocation);

    REFUSED(refused("not JSON"), "its header is not JSON");
    REFUSED(refused("[]"), "its header is not JSON");
    REFUSED(refused(" {}"), "its header is not JSON");
    REFUSED(refused("{" + good), "not valid JSON");
    REFUSED(refused("{" + good + "}}"), "not valid JSON");
    REFUSED(refused("{\"\xff\":1}"), "not valid JSON");
    REFUSED(refused(std::string("{}\0", 3)), "not valid JSON");
    REFUSED(refused("{\"t\":1}"), "a.safetensors: t: the header is not what");
    REFUSED(refused("{\"t\":null}"), "is not what");
    REFUSED(refused("{\"t\":true}"), "is not what");
    REFUSED(refused("{\"t\":\"x\"}"), "is not what");
    REFUSED(refused("{\"t\":[]}"), "is not what");
    REFUSED(refused("{\"t\":{\"shape\":{}}}"), "is not what");
    REFUSED(refused("{\"t\":{\"dtype\":[]}}"), "is not what");
    REFUSED(refused("{\"t\":{\"dtype\":5}}"), "is not what");
    REFUSED(refused("{\"t\":{\"shape\":\"1\"}}"), "is not what");
    REFUSED(refused("{\"t\":{\"shape\":[[1]]}}"), "is not what");
    REFUSED(refused("{\"t\":{\"shape\":[-1]}}"), "is not what");
    REFUSED(refused("{\"t\":{\"shape\":[1.0]}}"), "is not what");
    REFUSED(refused("{\"t\":{\"shape\":[1e999]}}"), "not valid JSON");
    REFUSED(refused("{\"t\":{\"shape\":[18446744073709551616]}}"), "is not what");
    REFUSED(refused("{\"t\":{\"shape\":[9223372036854775808]}}"), "the shape is too large");
    REFUSED(refused("{\"t\":{\"data_offsets\":[0]}}"), "must be two numbers");
    REFUSED(refused("{\"t\":{\"data_offsets\":[0,1,2]}}"), "must be two numbers");
    REFUSED(refused("{\"t\":{}}"), "is missing");
    REFUSED(refused("{\"t\":{\"dtype\":\"U8\",\"shape\":[1]}}"), "is missing");
    REFUSED(refused("{\"t\":{\"dtype\":\"U8\",\"colour\":1}}"), "\"colour\" is not part of the format");
    REFUSED(refused("{\"t\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}"), "\"dtype\" occurs twice");
    REFUSED(refused("{" + good + "," + good + "}"), "t: the name occurs twice");
    REFUSED(refused("{\"__metadata__\":{},\"__metadata__\":{}}"), "occurs twice");
    REFUSED(refused("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}"), "\"k\" occurs twice");
    REFUSED(refused("{\"__metadata__\":{\"k\":1}}"), "is not what");
    REFUSED(refused("{\"__metadata__\":{\"k\":[]}}"), "is not what");
    REFUSED(refused("{\"__metadata__\":5}"), "is not what");
    REFUSED(refused("{" + entry("t", "F128", "1", "0,16") + "}"), "the element type \"F128\" is not known");
    REFUSED(refused("{" + entry("t", "f32", "1", "0,4") + "}"), "\"f32\" is not known");
    std::string ones = "1";
    for (int i = 0; i < 32; ++i)
        ones += ",1";
    REFUSED(refused("{" + entry("t", "U8", ones, "0,1") + "}"), "more than 32 dimensions");
    REFUSED(refused("{\"t\":" + std::string(100'000, '[')), "is not what");
}

void TestSafetensors::wrongSizes()
{
    const auto refused = [](const std::string& first, const std::string& second, std::size_t size) {
        return decodeSafetensors(crafted(first, second, size), "a.safetensors");
    };
    largestAllocation = 0;
    REFUSED(refused(entry("t", "F32", "2", "0,4"), "", 4), "need 8 bytes, but its data has 4");
    REFUSED(refused(entry("t", "F32", "", "0,8"), "", 8), "need 4 bytes, but its data has 8");
    REFUSED(refused(entry("t", "F32", "1", "4,0"), "", 4), "ends before it begins");
    REFUSED(refused(entry("t", "F32", "1", "0,4"), "", 3), "beyond the end");
    REFUSED(refused(entry("t", "F32", "1", "0,4"), "", 5), "1 bytes behind the last tensor");
    REFUSED(refused(entry("t", "U8", "1099511627776", "0,1099511627776"), "", 4), "beyond the end");
    REFUSED(refused(entry("t", "U8", "4", "18446744073709551612,18446744073709551615"), "", 4), "need 4 bytes");
    REFUSED(refused(entry("t", "U8", "3", "18446744073709551612,18446744073709551615"), "", 3), "beyond the end");
    REFUSED(refused(entry("t", "F64", "1152921504606846976", "0,8"), "", 8), "the shape is too large");
    REFUSED(refused(entry("t", "U8", "4294967296,4294967296", "0,0"), "", 0), "the shape is too large");
    REFUSED(refused(entry("t", "U8", "1", "1,2"), "", 2), "a gap in front");
    REFUSED(refused(entry("t", "U8", "1", "0,1"), entry("u", "U8", "1", "2,3"), 3), "u: there is a gap in front");
    REFUSED(refused(entry("t", "U8", "2", "0,2"), entry("u", "U8", "2", "1,3"), 3), "u: its data overlaps");
    REFUSED(refused(entry("t", "U8", "2", "0,2"), entry("u", "U8", "2", "0,2"), 2), "overlaps");
    REFUSED(refused(entry("t", "U8", "0", "1,1"), entry("u", "U8", "2", "0,2"), 2), "overlaps");
    REFUSED(decodeSafetensors(crafted("{}", 1), "a.safetensors"), "1 bytes behind the last tensor");
    QVERIFY(largestAllocation < modestAllocation);

    const std::string whole = *encodeSafetensors(small());
    REFUSED(readSafetensors(m_scratch.write("tail", whole + "x")), m_scratch.path("tail").string());
}

void TestSafetensors::anyDamageIsSurvived()
{
    largestAllocation = 0;
    const std::string whole = *encodeSafetensors(small(), {{"k", "v"}});
    for (std::size_t i = 0; i < whole.size(); ++i) {
        QVERIFY(!decodeSafetensors(whole.substr(0, i), "cut").ok());
        QVERIFY(!readSafetensors(m_scratch.write("cut", whole.substr(0, i))).ok());
        for (int value = 0; value < 256; ++value) {
            std::string bytes = whole;
            bytes[i] = static_cast<char>(value);
            const auto file = decodeSafetensors(bytes, "damaged");
            // What is accepted is sound enough to be written again.
            if (file)
                QVERIFY_OK(encodeSafetensors(file->tensors, file->metadata));
        }
    }
    QVERIFY(largestAllocation < modestAllocation);
}

QTEST_GUILESS_MAIN(TestSafetensors)
#include "io_safetensors.moc"
