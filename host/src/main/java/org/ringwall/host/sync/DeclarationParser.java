// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.container.ByContainer;
import org.ringwall.host.container.ContainerQuery;
import org.ringwall.host.container.Containers;
import org.ringwall.host.place.Selector;
import org.ringwall.host.words.TimeText;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Monitoring;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * A parser of declarations. Unknown keys and values are errors, so that no typo is ignored.
 */
final class DeclarationParser {
    private static final String EXAMPLE = "policy: web.o, then places: [{path: web.slice}]";
    private static final String PLACES = "write a list, such as [{path: web.slice}, {unit: nginx.service}]";
    private static final String END_MARK = "end-mark";
    private static final int MOST_DEPTH = 16;
    private static final List<String> PLACE_KEYS = List.of("path", "unit", "container", "label");
    private static final List<String> KEYS = List.of(
            "end-mark", "policy", "instance", "places", "params", "monitor", "confirm", "accept-foreign", "required");

    private final Path file;
    private final Path top;
    private final Instant now;
    private final Containers containers = Containers.ofThisHost();

    private DeclarationParser(Path file, Path top, Instant now) {
        this.file = file;
        this.top = top;
        this.now = now;
    }

    /**
     * Parses a declaration.
     *
     * @param file names the file in errors; paths of objects are relative to its directory
     * @param top the mount point of cgroup2; absolute paths of places must lie below it
     * @param now the time from which the length of monitor mode counts
     */
    static Declaration parse(Path file, String text, Path top, Instant now) throws DeclarationException {
        LoadSettings settings = LoadSettings.builder().setLabel(file.toString()).build();
        Node root;
        try {
            refuseDepth(file, new ParserImpl(settings, new StreamReader(settings, text)));
            root = new Composer(settings, new ParserImpl(settings, new StreamReader(settings, text)))
                    .getSingleNode()
                    .orElseThrow(() -> new DeclarationException(file, "the file declares nothing", EXAMPLE));
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark();
            throw new DeclarationException(
                    file,
                    mark.map(Mark::getLine).orElse(0) + 1,
                    mark.map(Mark::getColumn).orElse(0) + 1,
                    "not YAML: " + Printable.line(String.valueOf(e.getProblem())),
                    EXAMPLE);
        } catch (YamlEngineException e) {
            throw new DeclarationException(
                    file, "not YAML: " + Printable.line(String.valueOf(e.getMessage())), EXAMPLE);
        }
        DeclarationParser parser = new DeclarationParser(file, top, now);
        parser.requireEndMark(root, text);
        return parser.declaration(root);
    }

    /**
     * Refuses a file that declares to have an end mark and has none: its writer ended before the
     * file was complete. What follows the mark would be another document, which is refused, too.
     */
    private void requireEndMark(Node root, String text) throws DeclarationException {
        Map<String, Node> members = members(root, KEYS, EXAMPLE);
        Node mark = members.get(END_MARK);
        if (mark == null || !flag(mark)) {
            return;
        }
        if (!members.keySet().iterator().next().equals(END_MARK)) {
            throw at(
                    mark,
                    "`" + END_MARK + "` is not the first key",
                    "write it first: a file that is cut before it would count as complete");
        }
        if (!text.stripTrailing().endsWith("\n...")) {
            throw new DeclarationException(
                    file, "the end mark is missing, so the file is not complete", "end the file with the line ...");
        }
    }

    /** Refuses collections that are nested too deeply for the composer, which is recursive. */
    private static void refuseDepth(Path file, Parser events) throws DeclarationException {
        int depth = 0;
        while (events.hasNext()) {
            Event event = events.next();
            if (event instanceof CollectionEndEvent) {
                depth--;
            } else if (event instanceof CollectionStartEvent && ++depth > MOST_DEPTH) {
                Optional<Mark> mark = event.getStartMark();
                throw new DeclarationException(
                        file,
                        mark.map(Mark::getLine).orElse(0) + 1,
                        mark.map(Mark::getColumn).orElse(0) + 1,
                        "the collections are nested too deeply",
                        EXAMPLE);
            }
        }
    }

    private Declaration declaration(Node root) throws DeclarationException {
        Map<String, Node> members = members(root, KEYS, EXAMPLE);
        Node policy = member(members, "policy", root, "name the object that ringwallc compile wrote, or a bundle");
        Node places = member(members, "places", root, PLACES);
        Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
        List<Failure> refused = new ArrayList<>();
        return new Declaration(
                file,
                folder.resolve(path(policy, text(policy))),
                members.containsKey("instance") ? instance(members.get("instance")) : InstanceName.MAIN,
                places(places, refused),
                refused,
                members.containsKey("params") ? params(members.get("params")) : Map.of(),
                members.containsKey("monitor") ? Optional.of(monitor(members.get("monitor"))) : Optional.empty(),
                members.containsKey("confirm") ? Optional.of(confirm(members)) : Optional.empty(),
                members.containsKey("accept-foreign") && flag(members.get("accept-foreign")),
                !members.containsKey("required") || flag(members.get("required")));
    }

    private String instance(Node node) throws DeclarationException {
        String text = text(node);
        try {
            return new InstanceName("policy", text).instance();
        } catch (InputException e) {
            throw at(node, Printable.line(String.valueOf(e.getMessage())), e.help());
        }
    }

    /**
     * Returns the places of a list.
     *
     * @param refused receives the failure of each place that is wrong
     * @throws DeclarationException if all are wrong
     */
    private List<Selector> places(Node node, List<Failure> refused) throws DeclarationException {
        if (!(node instanceof SequenceNode list) || list.getValue().isEmpty()) {
            throw at(node, "`places` is not a list of places", PLACES);
        }
        Set<Selector> found = new LinkedHashSet<>();
        Optional<DeclarationException> first = Optional.empty();
        for (Node each : list.getValue()) {
            try {
                Selector place = place(each);
                if (!found.add(place)) {
                    throw at(each, place + " is declared twice", "remove one of the two");
                }
            } catch (DeclarationException e) {
                first = first.or(() -> Optional.of(e));
                refused.add(e.failure());
            }
        }
        if (found.isEmpty() && first.isPresent()) {
            throw first.get();
        }
        return List.copyOf(found);
    }

    private Selector place(Node node) throws DeclarationException {
        Map<String, Node> members = members(node, PLACE_KEYS, PLACES);
        if (members.size() != 1) {
            throw at(node, "a place has one of `path`, `unit`, `container` and `label`", PLACES);
        }
        Map.Entry<String, Node> only = members.entrySet().iterator().next();
        return place(only.getKey(), only.getValue());
    }

    private Selector place(String key, Node node) throws DeclarationException {
        if (key.equals("path")) {
            return byPath(node);
        }
        String text = text(node);
        try {
            return switch (key) {
                case "unit" -> Selector.ByUnit.named(text);
                case "container" -> new ByContainer(ContainerQuery.ByName.named(text), containers);
                default -> new ByContainer(ContainerQuery.ByLabel.of(text), containers);
            };
        } catch (CgroupException e) {
            throw at(node, Printable.line(String.valueOf(e.getMessage())), e.help());
        }
    }

    private Selector byPath(Node node) throws DeclarationException {
        String text = text(node);
        Path path = path(node, text);
        for (Path name : path) {
            if (Set.of("..", ".").contains(name.toString())) {
                throw at(node, "`" + name + "` in the path of a cgroup", "write the path below `" + top + "`");
            }
        }
        if (path.isAbsolute() && !path.startsWith(top)) {
            throw at(node, "`" + Printable.of(text) + "` is not below the cgroup2 mount `" + top + "`", PLACES);
        }
        Path relative = path.isAbsolute() ? top.relativize(path) : path;
        if (relative.toString().isEmpty()) {
            throw at(node, "the root cgroup contains every process of the host", "name a cgroup below it");
        }
        return new Selector.ByPath(relative.toString());
    }

    private Map<String, String> params(Node node) throws DeclarationException {
        Map<String, String> values = new LinkedHashMap<>();
        for (Map.Entry<String, Node> each :
                members(node, List.of(), "write params: {NAME: VALUE}").entrySet()) {
            values.put(each.getKey(), text(each.getValue()));
        }
        return values;
    }

    private Declaration.Monitor monitor(Node node) throws DeclarationException {
        String help = "write monitor: {until: 2026-12-24T08:00:00Z, reason: \"first days\"}";
        Map<String, Node> members = members(node, List.of("until", "reason"), help);
        Node until = member(members, "until", node, help);
        Instant end;
        try {
            end = OffsetDateTime.parse(text(until)).toInstant();
        } catch (DateTimeParseException e) {
            throw at(until, "`" + Printable.of(text(until)) + "` is not a time with a zone", help);
        }
        if (end.isAfter(now.plus(Monitoring.LONGEST))) {
            throw at(
                    until,
                    "`" + Printable.of(text(until)) + "` is more than " + Monitoring.LONGEST.toDays()
                            + " days from now, the limit of monitor mode",
                    "write an earlier time, and a later one before it has come");
        }
        return new Declaration.Monitor(end, members.containsKey("reason") ? text(members.get("reason")) : "");
    }

    private Duration confirm(Map<String, Node> declaration) throws DeclarationException {
        Node node = Objects.requireNonNull(declaration.get("confirm"));
        if (declaration.containsKey("monitor")) {
            throw at(
                    node,
                    "`confirm` and `monitor` exclude each other, since a roll-back would not undo monitor mode",
                    "remove one of the two");
        }
        Duration time;
        try {
            time = TimeText.parse(text(node));
        } catch (InputException e) {
            throw at(node, Printable.line(String.valueOf(e.getMessage())), e.help());
        }
        if (time.compareTo(ApplyRequest.LONGEST_WAIT) > 0) {
            throw at(node, "a version cannot wait that long to be confirmed", "write at most confirm: 1d");
        }
        return time;
    }

    /**
     * Returns the members of a mapping.
     *
     * @param known the keys that may occur; empty for any
     */
    private Map<String, Node> members(Node node, List<String> known, String help) throws DeclarationException {
        if (!(node instanceof MappingNode mapping)) {
            throw at(node, "a mapping of keys to values is expected here", help);
        }
        Map<String, Node> members = new LinkedHashMap<>();
        for (NodeTuple each : mapping.getValue()) {
            String key = text(each.getKeyNode());
            if (!known.isEmpty() && !known.contains(key)) {
                throw at(
                        each.getKeyNode(),
                        "there is no key `" + Printable.of(key) + "` here",
                        "write one of: " + String.join(", ", known));
            }
            if (members.put(key, each.getValueNode()) != null) {
                throw at(
                        each.getKeyNode(), "the key `" + Printable.of(key) + "` occurs twice", "remove one of the two");
            }
        }
        return members;
    }

    private Node member(Map<String, Node> members, String key, Node node, String help) throws DeclarationException {
        Node found = members.get(key);
        if (found == null) {
            throw at(node, "the key `" + key + "` is missing", help);
        }
        return found;
    }

    private String text(Node node) throws DeclarationException {
        if (!(node instanceof ScalarNode scalar)) {
            throw at(node, "a single value is expected here", "remove the brackets, or the indentation");
        }
        if (scalar.getValue().isEmpty()) {
            throw at(node, "the value is missing", "write it after the colon");
        }
        return scalar.getValue();
    }

    private boolean flag(Node node) throws DeclarationException {
        String text = text(node);
        if (!text.equals("true") && !text.equals("false")) {
            throw at(node, "`" + Printable.of(text) + "` is neither `true` nor `false`", "write true or false");
        }
        return text.equals("true");
    }

    private Path path(Node node, String text) throws DeclarationException {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw at(node, "`" + Printable.of(text) + "` is not a path", "remove the characters that no path can have");
        }
    }

    private DeclarationException at(Node node, String message, String help) {
        Optional<Mark> mark = node.getStartMark();
        return new DeclarationException(
                file,
                mark.map(Mark::getLine).orElse(0) + 1,
                mark.map(Mark::getColumn).orElse(0) + 1,
                message,
                help);
    }
}
