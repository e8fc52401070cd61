// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/zip.h"

#include "core/base/shown_name.h"
#include "core/base/text.h"

#include <zip.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include <sys/stat.h>

namespace saddle {

namespace fs = std::filesystem;

class ZipArchive::Handle {
public:
    explicit Handle(zip_t* opened)
        : m_zip(opened)
    {
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { ::zip_discard(m_zip); }
    zip_t* get() const { return m_zip; }

private:
    zip_t* m_zip;
};

namespace {

constexpr std::uint64_t largestPiece = 1 << 20;
constexpr const char* anotherCopy = "copy or download the file again";

Error notOpened(int code, bool looksLikeZip, const std::string& where)
{
    if (code == ZIP_ER_MEMORY)
        return {"there is not enough memory to read this archive", where, "close other programs"};
    if (looksLikeZip)
        return {"this zip archive is damaged or was cut short", where, anotherCopy};
    return {"this is not a zip archive", where, "choose another file"};
}

zip_t* openSource(zip_source_t* source, int& code)
{
    zip_error_t error;
    ::zip_error_init(&error);
    zip_t* opened = ::zip_open_from_source(source, ZIP_RDONLY, &error);
    if (!opened) {
        code = ::zip_error_code_zip(&error);
        ::zip_source_free(source);
    }
    ::zip_error_fini(&error);
    return opened;
}

/// Programs of Unix keep a file's type in the upper half of its attributes; others leave it 0.
bool isPlain(zip_t* archive, zip_uint64_t index)
{
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (::zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0)
        return false;
    const mode_t type = system == ZIP_OPSYS_UNIX ? (attributes >> 16) & S_IFMT : 0;
    return type == 0 || type == S_IFREG || type == S_IFDIR;
}

} // namespace

bool beginsAsZip(std::string_view bytes)
{
    return bytes.starts_with(std::string_view("PK\3\4", 4));
}

ZipArchive::ZipArchive(std::shared_ptr<Handle> handle, std::string where)
    : m_handle(std::move(handle))
    , m_where(std::move(where))
{
}

Result<ZipArchive> ZipArchive::open(const fs::path& path)
{
    std::error_code error;
    if (!fs::is_regular_file(path, error))
        return Error{"this is not a regular file", path.string(), "give the file itself"};
    const std::uint64_t size = fs::file_size(path, error);
    char first[4] = {};
    if (std::ifstream file(path, std::ios::binary); !file || error)
        return Error{"the file cannot be opened", path.string(), "choose a file you may read"};
    else
        file.read(first, sizeof first);
    int code = 0;
    zip_t* opened = ::zip_open(path.c_str(), ZIP_RDONLY, &code);
    if (!opened)
        return notOpened(code, beginsAsZip({first, sizeof first}), path.string());
    ZipArchive archive(std::make_shared<Handle>(opened), path.string());
    if (Status listed = archive.list(size); !listed)
        return listed.error();
    return archive;
}

Result<ZipArchive> ZipArchive::decode(std::string_view bytes, const std::string& where)
{
    zip_source_t* source = ::zip_source_buffer_create(bytes.data(), bytes.size(), 0, nullptr);
    if (!source)
        return notOpened(ZIP_ER_MEMORY, true, where);
    int code = 0;
    zip_t* opened = openSource(source, code);
    if (!opened)
        return notOpened(code, beginsAsZip(bytes), where);
    ZipArchive archive(std::make_shared<Handle>(opened), where);
    if (Status listed = archive.list(bytes.size()); !listed)
        return listed.error();
    return archive;
}

Status ZipArchive::list(std::uint64_t archiveSize)
{
    const zip_int64_t count = ::zip_get_num_entries(m_handle->get(), 0);
    if (count < 0 || static_cast<std::uint64_t>(count) > maximumEntries) {
        return Error{"this archive holds " + grouped(count) + " files, which is more than can be meant", m_where,
            "choose another file"};
    }
    const std::uint64_t most = 8 * archiveSize + (std::uint64_t{64} << 20);
    std::uint64_t total = 0;
    m_entries.reserve(static_cast<std::size_t>(count));
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
        zip_stat_t stat;
        ::zip_stat_init(&stat);
        constexpr zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE;
        if (::zip_stat_index(m_handle->get(), i, ZIP_FL_ENC_RAW, &stat) != 0 || (stat.valid & needed) != needed)
            return Error{"the list of files in this archive is damaged", m_where, anotherCopy};
        if (stat.size > most || (total += stat.size) > most) {
            return Error{"this archive claims to unpack to far more than it could hold", m_where,
                "do not use it, unless you know why it is so"};
        }
        m_entries.push_back({stat.name, stat.size, isPlain(m_handle->get(), i)});
    }
    return {};
}

const ZipEntry* ZipArchive::find(std::string_view name) const
{
    const auto found =
        std::find_if(m_entries.begin(), m_entries.end(), [name](const ZipEntry& entry) { return entry.name == name; });
    return found == m_entries.end() ? nullptr : &*found;
}

Result<std::string> ZipArchive::read(const ZipEntry& entry, std::uint64_t limit) const
{
    if (entry.size > limit) {
        return Error{"“" + shownName(entry.name) + "” in it has "
                + counted(static_cast<std::int64_t>(entry.size), "byte") + ", where "
                + grouped(static_cast<std::int64_t>(limit)) + " are the most",
            m_where, "choose another file"};
    }
    std::string bytes;
    bytes.reserve(static_cast<std::size_t>(entry.size));
    const Status read = readPieces(entry, [&bytes](std::string_view piece) -> Status {
        bytes += piece;
        return {};
    });
    return read ? Result<std::string>(std::move(bytes)) : read.error();
}

Status ZipArchive::readPieces(const ZipEntry& entry, const std::function<Status(std::string_view)>& sink) const
{
    const auto index = static_cast<zip_uint64_t>(&entry - m_entries.data());
    const Error damaged{"“" + shownName(entry.name) + "” in this archive is damaged", m_where, anotherCopy};
    zip_stat_t stat;
    ::zip_stat_init(&stat);
    if (::zip_stat_index(m_handle->get(), index, 0, &stat) != 0)
        return damaged;
    const bool plain = !(stat.valid & ZIP_STAT_ENCRYPTION_METHOD) || stat.encryption_method == ZIP_EM_NONE;
    const bool known =
        !(stat.valid & ZIP_STAT_COMP_METHOD) || stat.comp_method == ZIP_CM_STORE || stat.comp_method == ZIP_CM_DEFLATE;
    if (!plain || !known) {
        return Error{
            "“" + shownName(entry.name) + "” in this archive is " + (plain ? "packed in an unknown way" : "encrypted"),
            m_where, "unpack the archive and pack it again without compression"};
    }
    const std::unique_ptr<zip_file_t, decltype(&::zip_fclose)> file(
        ::zip_fopen_index(m_handle->get(), index, 0), &::zip_fclose);
    if (!file)
        return damaged;
    std::vector<char> piece(static_cast<std::size_t>(std::clamp<std::uint64_t>(entry.size, 1, largestPiece)));
    std::uint64_t got = 0;
    while (true) {
        // The checksum is compared at the end, which only a read beyond the last byte reaches.
        const zip_int64_t count = ::zip_fread(file.get(), piece.data(), piece.size());
        if (count == 0 && got == entry.size)
            return {};
        if (count <= 0 || static_cast<std::uint64_t>(count) > entry.size - got)
            return damaged;
        got += static_cast<std::uint64_t>(count);
        if (Status taken = sink({piece.data(), static_cast<std::size_t>(count)}); !taken)
            return taken;
    }
}

} // namespace saddle
