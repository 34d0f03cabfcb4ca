// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cql/bridge_session.hpp"
#include "engine/engine.hpp"
#include "replicate/tables.hpp"
#include "store/contract/contract.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace fleet::tests {

/// Where the cluster is.
struct ClusterPlace {
    std::string hosts;
    std::string datacentre;
    std::string remote_datacentre;
    std::string keyspace = "fleet_iot";
};

/// A connected session; fails the running test and returns null where there is none.
[[nodiscard]] std::unique_ptr<cql::Session> connect(const ClusterPlace& place);

/// A session to a part of the cluster of its own: whatever is written or read, the text that begins
/// the partition key gets a prefix. So each test has an empty store in the tables that are there,
/// which costs no CREATE TABLE.
[[nodiscard]] std::unique_ptr<cql::Session> apart(std::shared_ptr<cql::Session> session,
                                                  std::string prefix);

/// Writes to the cluster and waits for it. One thread.
class Writer {
  public:
    explicit Writer(std::unique_ptr<cql::Session> session);
    /// Rows of a table; those of one partition lie behind each other.
    void insert(const replicate::Table& table, std::vector<cql::PackedRows> rows);
    void remove(const replicate::Deletion& deletion, std::vector<cql::PackedRows> keys);
    /// Prefix of all that is written from now on.
    void begin(std::string prefix) { prefix_ = std::move(prefix); }
    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }

  private:
    const cql::Statement& prepared(const std::string& cql);
    void send(const cql::Statement& statement, const cql::PackedRows& rows);
    void finish();

    std::unique_ptr<cql::Session> session_;
    std::map<std::string, cql::Statement> statements_;
    std::string prefix_;
    std::int64_t stamp_us_;
    std::size_t under_way_ = 0;
    std::uint64_t rows_ = 0;
};

/// The embedded engine, copied to the cluster before it is read there: every row by the packers of
/// src/replicate, only what changed, deletions too.
class CopiedStore final : public store::contract::Backend {
  public:
    /// An empty store in a place apart.
    CopiedStore(const ClusterPlace& place, Writer& writer, std::shared_ptr<const Clock> clock);
    /// A data directory that is there, into the tables as every reader finds them; it stays.
    CopiedStore(const ClusterPlace& place, Writer& writer, std::shared_ptr<const Clock> clock,
                std::filesystem::path data);
    ~CopiedStore() override;
    CopiedStore(const CopiedStore&) = delete;
    CopiedStore& operator=(const CopiedStore&) = delete;

    store::FleetReader& reader() override;
    store::contract::Added add(std::span<const model::Record> records) override;
    void register_device(const std::string& id, const std::string& fleet) override;
    void change_device(const model::DeviceChange& change) override;
    void move_device(const std::string& id, const std::string& fleet, Day from) override;
    void set_retention(const std::string& fleet, int days) override;
    void disturb(unsigned dice) override;

  private:
    /// Rows of a table by the bytes of their key.
    using Rows = std::map<std::string, cql::PackedRows>;

    void open_engine();
    void open_reader();
    void copy();
    void copy_device(engine::DeviceHandle handle, std::map<std::string, Rows>& wanted);
    void copy_fleet(std::uint32_t number, const std::string& fleet, int days,
                    std::map<std::string, Rows>& wanted);

    ClusterPlace place_;
    Writer& writer_;
    std::string prefix_;
    std::shared_ptr<const Clock> clock_;
    std::filesystem::path directory_;  ///< empty: the data are not ours
    std::filesystem::path data_;
    std::shared_ptr<engine::Engine> engine_;
    std::shared_ptr<store::FleetReader> reader_;
    std::map<std::string, Rows> copied_;  ///< by table
    bool dirty_ = true;
};

}  // namespace fleet::tests
