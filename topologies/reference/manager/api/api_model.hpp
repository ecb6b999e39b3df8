// For tests: the public API model's types as testdata/model.txt lists them.
#pragma once

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace splitsite::reference {

struct Attribute {
  std::string type;
  bool list = false;
};

inline std::string snake(const std::string& name) {
  std::string made;
  for (const char c : name) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 && !made.empty()) made += '_';
    made += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return made;
}

class Model {
 public:
  Model() {
    std::ifstream file(SPLITSITE_SOURCE_DIR "/topologies/reference/manager/api/testdata/model.txt");
    std::string kind;
    std::string name;
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("#")) continue;
      std::istringstream words(line);
      if (!line.starts_with(" ")) {
        words >> kind >> name;
        name.pop_back();  // the colon
      }
      for (std::string word; words >> word;) take(kind, name, word);
    }
  }

  bool has_type(const std::string& type) const { return types_.contains(type); }
  const Attribute* attribute(const std::string& type, const std::string& name) const {
    const auto found = types_.at(type).find(name);
    return found == types_.at(type).end() ? nullptr : &found->second;
  }
  bool has_link(const std::string& type, const std::string& rel) const {
    const auto& all = types_.at(type);
    return std::any_of(all.begin(), all.end(), [&](const auto& each) {
      std::string name = each.first;
      std::erase(name, '_');
      return each.second.list && name == rel;
    });
  }
  bool has_action(const std::string& element, const std::string& rel) const {
    const auto found = actions_.find(element);
    return found != actions_.end() && found->second.contains(rel);
  }
  bool is_value(const std::string& type, const std::string& text) const {
    if (type == "string") return true;
    if (const auto found = enums_.find(type); found != enums_.end()) {
      return found->second.contains(text);
    }
    static const std::map<std::string, std::regex> forms = {
        {"boolean", std::regex("true|false")},
        {"integer", std::regex("-?[0-9]+")},
        {"decimal", std::regex("-?[0-9]+(\\.[0-9]+)?")},
        {"Double", std::regex("-?[0-9]+(\\.[0-9]+)?")},
        {"date", std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                            "\\.[0-9]{3}(Z|[+-][0-9]{2}:[0-9]{2})")}};
    const auto form = forms.find(type);
    return form != forms.end() && std::regex_match(text, form->second);
  }

 private:
  void take(const std::string& kind, const std::string& name, const std::string& word) {
    if (kind == "enum") enums_[name].insert(word);
    if (kind == "actions") actions_[name].insert(word);
    if (kind != "type") return;
    const auto equals = word.find('=');
    std::string type = word.substr(equals + 1);
    if (type.starts_with("@")) type.erase(0, 1);
    const bool list = type.ends_with("[]");
    if (list) type.resize(type.size() - 2);
    types_[name][word.substr(0, equals)] = {type, list};
  }

  std::map<std::string, std::map<std::string, Attribute>> types_;
  std::map<std::string, std::set<std::string>> enums_;
  std::map<std::string, std::set<std::string>> actions_;
};

}  // namespace splitsite::reference
