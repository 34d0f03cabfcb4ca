// SPDX-License-Identifier: Apache-2.0
#include "devcluster/nodetool.hpp"

#include <algorithm>

namespace fleet::devcluster {

namespace {

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    while (true) {
        const auto begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos) return words;
        line.remove_prefix(begin);
        const auto end = std::min(line.find_first_of(" \t\r"), line.size());
        words.emplace_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

bool is_state(const std::string& word) {
    return word.size() == 2 && std::string_view("UD?").find(word[0]) != std::string_view::npos &&
           std::string_view("NLJM").find(word[1]) != std::string_view::npos;
}

}  // namespace

Result<std::vector<RingNode>> parse_status(std::string_view output) {
    constexpr std::string_view kDatacentre = "Datacenter: ";
    std::vector<RingNode> nodes;
    std::string datacentre;
    while (!output.empty()) {
        const std::string_view line = output.substr(0, output.find('\n'));
        output.remove_prefix(std::min(line.size() + 1, output.size()));
        if (line.substr(0, kDatacentre.size()) == kDatacentre) {
            datacentre = line.substr(kDatacentre.size());
            while (!datacentre.empty() && datacentre.back() <= ' ') datacentre.pop_back();
            continue;
        }
        const auto words = words_of(line);
        if (words.empty() || !is_state(words[0])) continue;
        // A load that is not known is one word, else number and unit.
        const std::size_t load_words = words.size() == 7 ? 1 : 2;
        if (words.size() != 6 + load_words) continue;
        RingNode node;
        node.datacentre = datacentre;
        node.state = words[0];
        node.address = words[1];
        node.load = load_words == 1 ? words[2] : words[2] + " " + words[3];
        node.owns = words[3 + load_words];
        node.host_id = words[4 + load_words];
        node.rack = words[5 + load_words];
        nodes.push_back(std::move(node));
    }
    if (nodes.empty()) return fail(Code::corrupt, "nodetool status named no node");
    return nodes;
}

}  // namespace fleet::devcluster
