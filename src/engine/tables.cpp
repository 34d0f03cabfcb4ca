// SPDX-License-Identifier: Apache-2.0
#include "engine/tables.hpp"
#include "engine/key_bytes.hpp"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <array>

namespace fleet::engine {

namespace {

enum Family : std::size_t { kMeta, kDevices, kDays, kChunks, kQuarantine, kFirstSpace };
constexpr std::size_t kFamilies = kFirstSpace + kSpaces;
constexpr std::array<const char*, kFamilies> kFamilyNames{
    "default",      "devices", "days", "chunks",      "quarantine",  "alerts",       "alert_places",
    "alert_status", "outbox",  "book", "unsent_days", "lost_values", "unsent_alerts"};

std::size_t family_of(Space space) { return kFirstSpace + static_cast<std::size_t>(space); }

Result<void> check(const rocksdb::Status& status, std::string_view what) {
    if (status.ok()) return {};
    const Code code = status.IsCorruption()                    ? Code::corrupt
                      : status.IsBusy() || status.IsTryAgain() ? Code::busy
                      : status.IsNoSpace()                     ? Code::unavailable
                                                               : Code::io;
    return fail(code, fmt::format("{}: {}", what, status.ToString()));
}

void put_u32(std::string& out, std::uint32_t v) { put_be(out, v, 4); }
void put_u64(std::string& out, std::uint64_t v) { put_be(out, v, 8); }
std::uint32_t get_u32(std::string_view in, std::size_t at) {
    return static_cast<std::uint32_t>(get_be(in, at, 4));
}

std::string number_key(std::uint32_t number) {
    std::string key;
    put_u32(key, number);
    return key;
}

std::string shard_prefix(Day day, std::uint8_t shard) {
    std::string key;
    key.push_back(static_cast<char>(day.value >> 8));
    key.push_back(static_cast<char>(day.value & 0xFF));
    key.push_back(static_cast<char>(shard));
    return key;
}

std::string day_key(const DayKey& key) {
    std::string out = shard_prefix(key.day, key.shard);
    put_u32(out, key.device);
    return out;
}

std::string chunk_key(const DayKey& key, std::uint32_t first_ms) {
    std::string out = day_key(key);
    put_u32(out, first_ms);
    return out;
}

std::string quarantine_key(std::uint64_t id) {
    std::string key;
    put_u64(key, id);
    return key;
}

/// Iterates all keys with a prefix. `visit(key, value)` returns false to stop.
template <class Visit>
Result<void> scan_keys(rocksdb::DB& db, rocksdb::ReadOptions read,
                       rocksdb::ColumnFamilyHandle* family, std::string_view from,
                       std::string_view prefix, Visit&& visit) {
    std::string end(prefix);
    while (!end.empty() && end.back() == '\xFF') end.pop_back();
    rocksdb::Slice upper;
    if (!end.empty()) {
        end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
        upper = rocksdb::Slice(end);
        read.iterate_upper_bound = &upper;
    }
    const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(read, family));
    for (it->Seek(rocksdb::Slice(from.data(), from.size())); it->Valid(); it->Next()) {
        Result<bool> go_on = visit(it->key().ToStringView(), it->value().ToStringView());
        if (!go_on) return fail(std::move(go_on).error());
        if (!*go_on) return {};
    }
    return check(it->status(), "reading the tables");
}

}  // namespace

struct Tables::Impl {
    std::unique_ptr<rocksdb::DB> db;
    std::array<rocksdb::ColumnFamilyHandle*, kFamilies> families{};
    bool background = true;
    ~Impl() {
        if (!db) return;
        if (!background)
            db->ContinueBackgroundWork().PermitUncheckedError();  // Close would wait for ever
        for (auto* family : families)
            if (family != nullptr) db->DestroyColumnFamilyHandle(family);
        db->Close().PermitUncheckedError();  // nothing is left to do with an error of close: data
                                             // was flushed or is in the journal
    }
    [[nodiscard]] rocksdb::ReadOptions read(const rocksdb::Snapshot* snapshot = nullptr) const {
        rocksdb::ReadOptions options;
        options.snapshot = snapshot;
        return options;
    }
    [[nodiscard]] Result<std::optional<std::string>> get(std::size_t family,
                                                         std::string_view key) const {
        std::string value;
        const auto status =
            db->Get(read(), families[family], rocksdb::Slice(key.data(), key.size()), &value);
        if (status.IsNotFound()) return std::optional<std::string>();
        FLEET_TRY_VOID(check(status, "reading the tables"));
        return std::optional<std::string>(std::move(value));
    }
    [[nodiscard]] Result<std::vector<StoredChunk>> chunks(const rocksdb::Snapshot* snapshot,
                                                          const DayKey& key) const {
        std::vector<StoredChunk> out;
        const std::string prefix = day_key(key);
        FLEET_TRY_VOID(scan_keys(*db, read(snapshot), families[kChunks], prefix, prefix,
                                 [&](std::string_view k, std::string_view v) -> Result<bool> {
                                     if (k.size() != 11)
                                         return fail(Code::corrupt,
                                                     "a chunk key has a wrong length");
                                     out.push_back({get_u32(k, 7), std::string(v)});
                                     return true;
                                 }));
        return out;
    }
};

struct Tables::WriteSet::Impl {
    struct Operation {
        std::size_t family;
        bool erase;
        std::string key;
        std::string value;
    };
    std::vector<Operation> operations;
    std::vector<DayKey> erased_days;
    std::size_t bytes = 0;

    void put(std::size_t family, std::string key, std::string_view value) {
        bytes += key.size() + value.size();
        operations.push_back({family, false, std::move(key), std::string(value)});
    }
    void erase(std::size_t family, std::string key) {
        bytes += key.size();
        operations.push_back({family, true, std::move(key), {}});
    }
};

Tables::WriteSet::WriteSet() : impl_(std::make_unique<Impl>()) {}
Tables::WriteSet::~WriteSet() = default;
Tables::WriteSet::WriteSet(WriteSet&&) noexcept = default;
Tables::WriteSet& Tables::WriteSet::operator=(WriteSet&&) noexcept = default;

void Tables::WriteSet::put_meta(std::string_view name, std::string_view value) {
    impl_->put(kMeta, fmt::format("m{}", name), value);
}
void Tables::WriteSet::put_fleet(std::uint32_t fleet, std::string_view value) {
    impl_->put(kMeta, "f" + number_key(fleet), value);
}
void Tables::WriteSet::put_device(std::uint32_t device, std::string_view value) {
    impl_->put(kDevices, number_key(device), value);
}
void Tables::WriteSet::put_day(const DayKey& key, std::string_view value) {
    impl_->put(kDays, day_key(key), value);
}
void Tables::WriteSet::put_chunk(const DayKey& key, std::uint32_t first_ms,
                                 std::string_view value) {
    impl_->put(kChunks, chunk_key(key, first_ms), value);
}
void Tables::WriteSet::erase_chunk(const DayKey& key, std::uint32_t first_ms) {
    impl_->erase(kChunks, chunk_key(key, first_ms));
}
void Tables::WriteSet::erase_day(const DayKey& key) { impl_->erased_days.push_back(key); }
void Tables::WriteSet::put_quarantine(std::uint64_t id, std::string_view value) {
    impl_->put(kQuarantine, quarantine_key(id), value);
}
void Tables::WriteSet::erase_quarantine(std::uint64_t id) {
    impl_->erase(kQuarantine, quarantine_key(id));
}
void Tables::WriteSet::put(Space space, std::string_view key, std::string_view value) {
    impl_->put(family_of(space), std::string(key), value);
}
void Tables::WriteSet::erase(Space space, std::string_view key) {
    impl_->erase(family_of(space), std::string(key));
}
bool Tables::WriteSet::empty() const noexcept {
    return impl_->operations.empty() && impl_->erased_days.empty();
}
std::size_t Tables::WriteSet::bytes() const noexcept { return impl_->bytes; }

struct Tables::View::Impl {
    rocksdb::DB* db;
    const rocksdb::Snapshot* snapshot;
    ~Impl() { db->ReleaseSnapshot(snapshot); }
};
Tables::View::View(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tables::View::View(View&&) noexcept = default;
Tables::View& Tables::View::operator=(View&&) noexcept = default;
Tables::View::~View() = default;

Tables::Tables(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tables::~Tables() = default;

Result<std::unique_ptr<Tables>> Tables::open(const std::filesystem::path& dir) {
    rocksdb::DBOptions options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    options.atomic_flush =
        true;  // all families of one moment: a WriteSet is never torn, there is no log to mend it
    options.max_background_jobs = 2;
    options.max_open_files = 512;
    options.keep_log_file_num = 2;
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.max_manifest_file_size = 16 << 20;

    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(64 << 20);
    table.block_size = 16 << 10;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.format_version = 5;
    table.cache_index_and_filter_blocks = true;

    rocksdb::ColumnFamilyOptions family;
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    family.write_buffer_size = 1 << 30;  // a checkpoint flushes; it is one moment, not several
    family.compression = rocksdb::kNoCompression;  // chunks are compressed already
    family.bottommost_compression = rocksdb::kZSTD;
    family.level_compaction_dynamic_level_bytes = true;

    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (const char* name : kFamilyNames) descriptors.emplace_back(name, family);
    auto impl = std::make_unique<Impl>();
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    FLEET_TRY_VOID(check(rocksdb::DB::Open(options, dir.string(), descriptors, &handles, &db),
                         fmt::format("opening the tables in {}", dir.string())));
    impl->db.reset(db);
    std::copy(handles.begin(), handles.end(), impl->families.begin());
    return std::unique_ptr<Tables>(new Tables(std::move(impl)));
}

Result<void> Tables::write(WriteSet& set) {
    rocksdb::WriteBatch batch;
    for (const DayKey& key : set.impl_->erased_days) {
        const std::string from = day_key(key);
        std::string to = from;
        put_u32(to, 0xFFFFFFFF);
        FLEET_TRY_VOID(
            check(batch.DeleteRange(impl_->families[kChunks], from, to), "writing the tables"));
        FLEET_TRY_VOID(check(batch.Delete(impl_->families[kDays], from), "writing the tables"));
    }
    for (const auto& op : set.impl_->operations) {
        FLEET_TRY_VOID(check(op.erase ? batch.Delete(impl_->families[op.family], op.key)
                                      : batch.Put(impl_->families[op.family], op.key, op.value),
                             "writing the tables"));
    }
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    FLEET_TRY_VOID(check(impl_->db->Write(options, &batch), "writing the tables"));
    set = WriteSet();
    return {};
}

Result<void> Tables::flush() {
    rocksdb::FlushOptions options;
    options.wait = true;
    options.allow_write_stall = true;
    const std::vector<rocksdb::ColumnFamilyHandle*> all(impl_->families.begin(),
                                                        impl_->families.end());
    return check(impl_->db->Flush(options, all), "flushing the tables");
}

Result<void> Tables::compact() {
    for (auto* family : impl_->families) {
        rocksdb::CompactRangeOptions options;
        options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
        FLEET_TRY_VOID(check(impl_->db->CompactRange(options, family, nullptr, nullptr),
                             "compacting the tables"));
    }
    return {};
}

Result<void> Tables::scrub(Day first, Day last) {
    const std::string from = shard_prefix(first, 0);
    const std::string to = shard_prefix(last, 0xFF);
    const rocksdb::Slice begin(from);
    const rocksdb::Slice end(to);
    for (std::size_t i = 0; i < kFamilies; ++i) {
        const bool by_day = i == kChunks || i == kDays;
        rocksdb::CompactRangeOptions options;
        options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
        FLEET_TRY_VOID(
            check(impl_->db->CompactRange(options, impl_->families[i], by_day ? &begin : nullptr,
                                          by_day ? &end : nullptr),
                  "compacting the tables"));
    }
    // Files are removed at leisure after a compaction; this does it now.
    FLEET_TRY_VOID(check(impl_->db->DisableFileDeletions(), "removing old files of the tables"));
    return check(impl_->db->EnableFileDeletions(false), "removing old files of the tables");
}

Result<void> Tables::copy_to(const std::filesystem::path& to) const {
    rocksdb::Checkpoint* made = nullptr;
    FLEET_TRY_VOID(
        check(rocksdb::Checkpoint::Create(impl_->db.get(), &made), "copying the tables"));
    const std::unique_ptr<rocksdb::Checkpoint> copy(made);
    return check(copy->CreateCheckpoint(to.string()), "copying the tables");
}

void Tables::set_background(bool on) {
    if (on == impl_->background) return;
    const auto status = on ? impl_->db->ContinueBackgroundWork() : impl_->db->PauseBackgroundWork();
    if (status.ok()) impl_->background = on;
}

Tables::View Tables::view() const {
    return View(
        std::unique_ptr<View::Impl>(new View::Impl{impl_->db.get(), impl_->db->GetSnapshot()}));
}

Result<std::optional<std::string>> Tables::meta(std::string_view name) const {
    return impl_->get(kMeta, fmt::format("m{}", name));
}
Result<std::optional<std::string>> Tables::day(const DayKey& key) const {
    return impl_->get(kDays, day_key(key));
}
Result<std::optional<std::string>> Tables::chunk(const DayKey& key, std::uint32_t first_ms) const {
    return impl_->get(kChunks, chunk_key(key, first_ms));
}
Result<std::vector<StoredChunk>> Tables::chunks(const DayKey& key) const {
    return impl_->chunks(nullptr, key);
}
Result<std::vector<StoredChunk>> Tables::chunks(const View& view, const DayKey& key) const {
    return impl_->chunks(view.impl_->snapshot, key);
}

Result<void> Tables::for_each_fleet(const Visitor& visit) const {
    return scan_keys(*impl_->db, impl_->read(), impl_->families[kMeta], "f", "f",
                     [&](std::string_view k, std::string_view v) -> Result<bool> {
                         FLEET_TRY_VOID(visit(get_u32(k, 1), v));
                         return true;
                     });
}

Result<void> Tables::for_each_device(const Visitor& visit) const {
    return scan_keys(*impl_->db, impl_->read(), impl_->families[kDevices], "", "",
                     [&](std::string_view k, std::string_view v) -> Result<bool> {
                         FLEET_TRY_VOID(visit(get_u32(k, 0), v));
                         return true;
                     });
}

Result<void> Tables::for_each_day_row(Day day, std::uint8_t shard, const Visitor& visit) const {
    const std::string prefix = shard_prefix(day, shard);
    return scan_keys(*impl_->db, impl_->read(), impl_->families[kDays], prefix, prefix,
                     [&](std::string_view k, std::string_view v) -> Result<bool> {
                         FLEET_TRY_VOID(visit(get_u32(k, 3), v));
                         return true;
                     });
}

Result<void> Tables::for_each_quarantined(std::uint64_t after,
                                          const QuarantineVisitor& visit) const {
    return scan_keys(*impl_->db, impl_->read(), impl_->families[kQuarantine],
                     quarantine_key(after + 1), "",
                     [&](std::string_view k, std::string_view v) -> Result<bool> {
                         return visit(get_be(k, 0, 8), v);
                     });
}

Result<std::optional<std::string>> Tables::get(Space space, std::string_view key) const {
    return impl_->get(family_of(space), key);
}

Result<void> Tables::scan(Space space, std::string_view from, std::string_view to,
                          const SpaceVisitor& visit) const {
    rocksdb::ReadOptions read = impl_->read();
    const rocksdb::Slice end(to.data(), to.size());
    if (!to.empty()) read.iterate_upper_bound = &end;
    return scan_keys(*impl_->db, read, impl_->families[family_of(space)], from, "", visit);
}

std::uint64_t Tables::bytes() const {
    std::uint64_t total = 0;
    for (auto* family : impl_->families) {
        std::uint64_t value = 0;
        if (impl_->db->GetIntProperty(family, rocksdb::DB::Properties::kLiveSstFilesSize, &value))
            total += value;
    }
    return total;
}

}  // namespace fleet::engine
