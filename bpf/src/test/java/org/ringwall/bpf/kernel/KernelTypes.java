// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The running kernel's types, parsed from bpftool's dump of its BTF. */
final class KernelTypes {
    /**
     * A member with its offset and length in bytes; members of unnamed structs and unions belong to
     * the outer type.
     */
    record Member(int offset, long bytes) {}

    private static final Pattern TYPE = Pattern.compile("\\[(\\d+)] (\\w+) '([^']*)'(.*)");
    private static final Pattern LINE = Pattern.compile("\\t'([^']*)' (.*)");
    private static final Pattern ATTRIBUTE = Pattern.compile("(\\w+)=(-?\\w+)");

    private record Type(String kind, String name, Map<String, Long> attributes, List<Part> parts) {}

    private record Part(String name, Map<String, Long> attributes) {}

    private final Map<Long, Type> types = new HashMap<>();
    private final Map<String, Long> enumerators = new HashMap<>();

    static KernelTypes read() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "raw")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        KernelTypes types = new KernelTypes();
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            types.parse(reader.lines().toList());
        }
        if (process.waitFor() != 0) {
            throw new IOException("bpftool cannot dump the kernel's BTF");
        }
        return types;
    }

    long enumerator(String name) {
        Long value = enumerators.get(name);
        if (value == null) {
            throw new AssertionError("the kernel has no enumerator " + name);
        }
        return value;
    }

    long size(String struct) {
        return attribute(struct(struct).attributes, "size");
    }

    Map<String, Member> members(String struct) {
        Map<String, Member> members = new HashMap<>();
        collect(struct(struct), 0, members);
        return members;
    }

    private void collect(Type struct, int base, Map<String, Member> members) {
        for (Part part : struct.parts) {
            int offset = base + Math.toIntExact(attribute(part.attributes, "bits_offset") / 8);
            long id = attribute(part.attributes, "type_id");
            Type type = type(id);
            boolean unnamed = part.name.equals("(anon)") && (type.kind.equals("UNION") || type.kind.equals("STRUCT"));
            if (unnamed) {
                collect(type, offset, members);
            } else {
                members.put(part.name, new Member(offset, bytes(id)));
            }
        }
    }

    private long bytes(long id) {
        Type type = type(id);
        return switch (type.kind) {
            case "PTR" -> 8;
            case "ARRAY" -> attribute(type.attributes, "nr_elems") * bytes(attribute(type.attributes, "type_id"));
            case "TYPEDEF", "CONST", "VOLATILE" -> bytes(attribute(type.attributes, "type_id"));
            default -> attribute(type.attributes, "size");
        };
    }

    private Type type(long id) {
        Type type = types.get(id);
        if (type == null) {
            throw new AssertionError("the kernel has no type " + id);
        }
        return type;
    }

    private Type struct(String name) {
        return types.values().stream()
                .filter(type -> type.kind.equals("STRUCT") && type.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the kernel has no struct " + name));
    }

    private void parse(List<String> lines) {
        Type current = new Type("", "", Map.of(), new ArrayList<>());
        for (String line : lines) {
            Matcher head = TYPE.matcher(line);
            Matcher part = LINE.matcher(line);
            if (head.matches()) {
                current = new Type(head.group(2), head.group(3), attributes(head.group(4)), new ArrayList<>());
                types.put(Long.valueOf(head.group(1)), current);
            } else if (part.matches()) {
                Map<String, Long> attributes = attributes(part.group(2));
                current.parts.add(new Part(part.group(1), attributes));
                if (current.kind.startsWith("ENUM") && attributes.containsKey("val")) {
                    enumerators.put(part.group(1), attribute(attributes, "val"));
                }
            }
        }
    }

    private static Map<String, Long> attributes(String text) {
        Map<String, Long> attributes = new HashMap<>();
        Matcher matcher = ATTRIBUTE.matcher(text);
        while (matcher.find()) {
            if (matcher.group(2).matches("-?\\d{1,18}")) {
                attributes.put(matcher.group(1), Long.valueOf(matcher.group(2)));
            }
        }
        return attributes;
    }

    private static long attribute(Map<String, Long> attributes, String name) {
        Long value = attributes.get(name);
        if (value == null) {
            throw new AssertionError("no `" + name + "` in " + attributes);
        }
        return value;
    }
}
