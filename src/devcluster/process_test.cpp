// SPDX-License-Identifier: Apache-2.0
#include "devcluster/process.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

namespace fleet::devcluster {

namespace {

const Pause kNeverStop = [](std::int64_t) { return false; };
const Pause kStopAtOnce = [](std::int64_t) { return true; };
constexpr std::int64_t kLong = 60'000;

Program shell(const std::string& script) { return {{"/bin/sh", "-c", script}, {}}; }

}  // namespace

TEST(Process, StatIsReadWhateverTheProgramIsCalled) {
    const auto stat = parse_proc_stat(
        "77 (a) S (b) T 1 77 77 0 -1 4194304 1 0 0 0 1 2 0 0 20 0 1 0 987654 1000 2 3\n");
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->state, 'T');
    EXPECT_EQ(stat->start_ticks, 987654U);
    EXPECT_FALSE(parse_proc_stat(""));
    EXPECT_FALSE(parse_proc_stat("77 (a) S 1 2 3"));
    EXPECT_FALSE(parse_proc_stat("77 (a) S 1 77 77 0 -1 4194304 1 0 0 0 1 2 0 0 20 0 1 0 x 1"));
}

TEST(Process, IdReadsBackAndNeverNamesInitOrAGroup) {
    const ProcessId id{4711, 123456789};
    EXPECT_EQ(decode_process_id(encode_process_id(id)), id);
    for (const char* text : {"", "4711", "4711 \n", "x 1\n", "1 5\n", "0 5\n", "-4 5\n", "4711 5"})
        EXPECT_FALSE(decode_process_id(text)) << text;
}

TEST(Process, AnotherProgramWithTheSameNumberIsGone) {
    const auto self = process_now(::getpid());
    ASSERT_TRUE(self);
    const std::string line = command_line(::getpid());
    EXPECT_EQ(state_of(*self, line), ProcessState::running);
    EXPECT_EQ(state_of({self->pid, self->start_ticks + 1}, line), ProcessState::gone);
    EXPECT_EQ(state_of(*self, "-Dof.another.program"), ProcessState::gone);
    // Were it signalled, this test would not live to say so.
    const auto sent = send_signal(*self, "-Dof.another.program", SIGKILL);
    ASSERT_TRUE(sent);
    EXPECT_FALSE(*sent);
}

TEST(Process, DetachedProgramIsSignalledAndItsEndIsSeen) {
    const auto log = std::filesystem::path(testing::TempDir()) / "detached.log";
    std::filesystem::remove(log);
    const auto id = start_detached({{"/bin/sleep", "60"}, {}}, log);
    ASSERT_TRUE(id) << id.error().message;
    EXPECT_EQ(state_of(*id, "sleep 60"), ProcessState::running);
    ASSERT_TRUE(send_signal(*id, "sleep 60", SIGKILL).value_or(false));
    for (int i = 0; i < 1000 && state_of(*id, "sleep 60") != ProcessState::gone; ++i)
        ASSERT_TRUE(run_tool(shell(":"), kLong, kNeverStop));
    EXPECT_EQ(state_of(*id, "sleep 60"), ProcessState::gone);
    reap(id->pid);
    EXPECT_FALSE(process_now(id->pid));
}

TEST(Process, ToolGivesBothStreamsAndItsExitCode) {
    const auto run = run_tool(shell("echo out; echo err >&2; exit 7"), kLong, kNeverStop);
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_EQ(run->output, "out\n");
    EXPECT_EQ(run->errors, "err\n");
    EXPECT_EQ(run->exit_code, 7);
}

TEST(Process, ToolGetsTheEnvironmentThatItIsGiven) {
    Program program = shell("echo $FLEET_TEST_VALUE; test -n \"$PATH\"");
    program.environment = {"FLEET_TEST_VALUE=42"};
    const auto run = run_tool(program, kLong, kNeverStop);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->output, "42\n");
    EXPECT_EQ(run->exit_code, 0);
}

TEST(Process, ToolThatTakesTooLongOrIsNotWantedAnyMoreIsKilled) {
    const auto late = run_tool({{"/bin/sleep", "60"}, {}}, 0, kNeverStop);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::deadline_exceeded);
    const auto unwanted = run_tool({{"/bin/sleep", "60"}, {}}, kLong, kStopAtOnce);
    ASSERT_FALSE(unwanted);
    EXPECT_EQ(unwanted.error().code, Code::unavailable);
}

TEST(Process, ProgramThatIsNotThereIsSaidSo) {
    const auto run = run_tool({{"/no/such/program"}, {}}, kLong, kNeverStop);
    ASSERT_FALSE(run);
    EXPECT_NE(run.error().message.find("/no/such/program"), std::string::npos);
    EXPECT_TRUE(find_program("sh"));
    EXPECT_FALSE(find_program("no-such-program-anywhere"));
}

}  // namespace fleet::devcluster
