// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;

/** Allowed devices, with all others denied. No two rules permit different access to one device. */
public record DeviceRules(List<DeviceRule> rules) implements RuleList {
    private static final int[] ACCESSES = {DeviceRule.READ, DeviceRule.WRITE, DeviceRule.READ | DeviceRule.WRITE};

    public DeviceRules {
        rules = List.copyOf(rules);
    }

    /** Returns this many devices that may be read and written. */
    public static DeviceRules drawn(int size, SplittableRandom random) {
        Set<DeviceRule> rules = new LinkedHashSet<>();
        while (rules.size() < size) {
            int type = random.nextInt(4) == 0 ? DeviceRule.BLOCK : DeviceRule.CHAR;
            int access = DeviceRule.READ | DeviceRule.WRITE;
            rules.add(DeviceRule.of(type, random.nextInt(1, 512), random.nextInt(256), access));
        }
        return new DeviceRules(List.copyOf(rules));
    }

    /**
     * Returns runc's default devices, in the order of its program: libcontainer's
     * specconv.AllowedDevices.
     */
    public static DeviceRules ofRunc() {
        List<DeviceRule> rules = new ArrayList<>();
        rules.add(DeviceRule.any(DeviceRule.BLOCK, DeviceRule.MKNOD));
        rules.add(DeviceRule.any(DeviceRule.CHAR, DeviceRule.MKNOD));
        int[][] devices = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 2}, {10, 200}};
        for (int[] device : devices) {
            rules.add(DeviceRule.of(DeviceRule.CHAR, device[0], device[1], DeviceRule.ALL));
        }
        rules.add(DeviceRule.anyMinor(DeviceRule.CHAR, 136, DeviceRule.ALL));
        return new DeviceRules(rules);
    }

    /**
     * Returns Docker's default devices, in the order in which runc sorts them. These are the
     * devices of moby's oci/defaults.go (DefaultLinuxSpec): those of runc and the console. Its rule
     * that denies 10:229 has no effect.
     */
    public static DeviceRules ofDocker() {
        List<DeviceRule> rules = new ArrayList<>(ofRunc().rules());
        int behindTty = rules.indexOf(DeviceRule.of(DeviceRule.CHAR, 5, 0, DeviceRule.ALL)) + 1;
        rules.add(behindTty, DeviceRule.of(DeviceRule.CHAR, 5, 1, DeviceRule.ALL));
        return new DeviceRules(rules);
    }

    /**
     * Returns crun's default devices, in the order of its program, including its first rule, which
     * permits nothing.
     */
    public static DeviceRules ofCrun() {
        List<DeviceRule> rules = new ArrayList<>();
        rules.add(DeviceRule.of(DeviceRule.CHAR, 0, 0, 0));
        int[][] first = {{10, 200}, {5, 2}};
        int[][] second = {{5, 1}, {1, 9}, {1, 5}, {5, 0}, {1, 7}, {1, 8}, {1, 3}};
        for (int[] device : first) {
            rules.add(DeviceRule.of(DeviceRule.CHAR, device[0], device[1], DeviceRule.ALL));
        }
        rules.add(DeviceRule.anyMinor(DeviceRule.CHAR, 136, DeviceRule.ALL));
        for (int[] device : second) {
            rules.add(DeviceRule.of(DeviceRule.CHAR, device[0], device[1], DeviceRule.ALL));
        }
        rules.add(DeviceRule.any(DeviceRule.BLOCK, DeviceRule.MKNOD));
        rules.add(DeviceRule.any(DeviceRule.CHAR, DeviceRule.MKNOD));
        return new DeviceRules(rules);
    }

    /**
     * Returns systemd's devices for DevicePolicy=closed: bpf_devices_allow_list_static and its own
     * device nodes.
     */
    public static DeviceRules ofSystemd() {
        List<DeviceRule> rules = new ArrayList<>();
        int[][] devices = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 2}, {0, 0}};
        for (int[] device : devices) {
            rules.add(DeviceRule.of(DeviceRule.CHAR, device[0], device[1], DeviceRule.ALL));
        }
        rules.add(DeviceRule.of(DeviceRule.BLOCK, 0, 0, DeviceRule.ALL));
        rules.add(DeviceRule.anyMinor(DeviceRule.CHAR, 136, DeviceRule.READ | DeviceRule.WRITE));
        return new DeviceRules(rules);
    }

    @Override
    public Hook hook() {
        return Hook.DEVICE;
    }

    @Override
    public int size() {
        return rules.size();
    }

    @Override
    public String policy() {
        Map<String, List<String>> byAccess = new LinkedHashMap<>();
        for (DeviceRule rule : rules) {
            if (rule.access() != 0) {
                byAccess.computeIfAbsent(rule.letters(), letters -> new ArrayList<>())
                        .add(rule.text());
            }
        }
        StringBuilder text = new StringBuilder("policy devices\n\ndevices {\n");
        byAccess.forEach((letters, devices) -> text.append("  allow ")
                .append(letters)
                .append(" if dev in {\n    ")
                .append(String.join(",\n    ", devices))
                .append("\n  }\n"));
        return text.append("  default deny\n}\n").toString();
    }

    /**
     * Returns `DEVICE(type, major, minor, access)`, `DEVICE_ANY_MINOR` and `DEVICE_ANY`. If GROUPS
     * is defined, devices are grouped by major number as `MAJOR(type, major)`, `MINOR(minor)` and
     * `END`, or `ANY_MINOR(type, major)`.
     */
    @Override
    public String header() {
        StringBuilder text = new StringBuilder("#ifndef GROUPS\n");
        Map<String, List<Integer>> groups = new LinkedHashMap<>();
        for (DeviceRule rule : rules) {
            text.append(line(rule));
            if (rule.major().isPresent() && rule.access() != 0) {
                List<Integer> minors =
                        groups.computeIfAbsent(rule.type() + ", " + rule.major().getAsInt(), key -> new ArrayList<>());
                rule.minor().ifPresent(minors::add);
            }
        }
        text.append("#else\n");
        groups.forEach((key, minors) -> text.append(
                minors.isEmpty()
                        ? "ANY_MINOR(" + key + ")\n"
                        : "MAJOR(" + key + ")"
                                + minors.stream()
                                        .map(minor -> " MINOR(" + minor + ")")
                                        .collect(Collectors.joining())
                                + " END\n"));
        return text.append("#endif\n").toString();
    }

    private static String line(DeviceRule rule) {
        if (rule.major().isEmpty()) {
            return "DEVICE_ANY(" + rule.type() + ", " + rule.access() + ")\n";
        }
        String device = rule.type() + ", " + rule.major().getAsInt();
        return rule.minor().isEmpty()
                ? "DEVICE_ANY_MINOR(" + device + ", " + rule.access() + ")\n"
                : "DEVICE(" + device + ", " + rule.minor().getAsInt() + ", " + rule.access() + ")\n";
    }

    @Override
    public boolean allows(Key key) {
        return key instanceof Key.Access access && rules.stream().anyMatch(rule -> rule.allows(access));
    }

    @Override
    public boolean names(Key key) {
        return allows(key);
    }

    /**
     * Returns the rules with a major number for which the hook runs. For the device 0:0, for which
     * runtimes have rules, the kernel does not run it (devcgroup_inode_permission).
     */
    List<DeviceRule> reachable() {
        return rules.stream().filter(rule -> rule.major().orElse(0) != 0).toList();
    }

    /** Half of the misses have a major number of the list. */
    @Override
    public Key draw(boolean hit, SplittableRandom random) {
        List<DeviceRule> named = reachable();
        DeviceRule rule = named.get(random.nextInt(named.size()));
        int access = ACCESSES[random.nextInt(ACCESSES.length)];
        boolean near = hit || random.nextBoolean();
        OptionalInt major = near ? rule.major() : OptionalInt.empty();
        OptionalInt minor = hit ? rule.minor() : OptionalInt.empty();
        int type = near ? rule.type() : random.nextInt(1, 3);
        return new Key.Access(type, major.orElse(random.nextInt(1, 512)), minor.orElse(random.nextInt(256)), access);
    }
}
