// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.elf.ElfReader;
import org.ringwall.bpf.elf.ElfSection;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.host.evidence.Integrity;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.object.ObjectFile;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.loader.trust.Trust;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that {@code status --check} finds what runs in the place of what was signed. The changed
 * programs get the records of the signed ones, as root could write them.
 */
@KernelTest
class SignedInForceKernelTest extends TrustingHost {
    private static final int POSITIONS = Integer.getInteger("ringwall.mutations", 120);

    private static final String POLICY = """
            policy web
            param closed : port in 1..1023 = 9
            set partners = { 198.51.100.0/25, 198.51.100.128/26, 203.0.113.7, 203.0.113.9, 203.0.113.16/28,
              192.0.2.1, 192.0.2.3, 192.0.2.5, 192.0.2.7, 192.0.2.9, 192.0.2.11, 192.0.2.13, 192.0.2.15,
              192.0.2.17, 192.0.2.19, 192.0.2.21, 192.0.2.23, 192.0.2.25, 192.0.2.27, 192.0.2.29, 192.0.2.31 }
            live set blocked : net within { 127.0.0.0/8 } max 8
            counter tries { calls: attempts }

            egress {
              deny if remote.ip in blocked
              when remote.port == 8002 { count tries }
              deny if remote.port == closed
              allow if remote.ip in partners
              deny if remote.port in 4000..4100
              default allow
            }
            """;

    private final ChildCgroup other = ChildCgroup.make();
    private final Path forged =
            Path.of("/sys/fs/bpf/rwforged-" + ProcessHandle.current().pid());

    @BeforeEach
    void trustAKey() throws IOException {
        ringwallc(0, "keygen", "--out", path("key"));
        Files.writeString(folder.resolve("web.wall"), POLICY);
    }

    @AfterEach
    void clean() {
        try (LoaderHost host = LoaderHost.ofThisMachine(forged)) {
            if (Files.exists(forged.resolve("v1/web@main"))) {
                host.remover().remove(InstanceName.parse("web@main"));
            }
            host.pins().removeFolder(host.pins().root());
            host.pins().removeFolder(forged);
        }
        other.close();
    }

    private String bundle(String version) {
        String file = path("web-" + version + ".wallpack");
        ringwallc(0, "bundle", path("web.wall"), "-o", file, "--name", "agents", "--version", version);
        return file;
    }

    private String signed(String version) {
        String file = bundle(version);
        ringwallc(0, "sign", file, "--key", path("key.pem"));
        return file;
    }

    private String keyId() {
        return typed(0, "trust", "list").substring(0, 64);
    }

    @Test
    void theSignatureIsVerifiedAgainWithTheKeysOfTheHost() throws IOException {
        String place = cgroup.path().toString();
        typed(0, "apply", bundle("1"), "--cgroup", place);
        assertThat(typed(0, "status", "--check"))
                .containsPattern("\n {2}checked: 4 programs and \\d+ maps are those of the object\n")
                .contains("\n  unsigned: its bundle is not signed\n");
        typed(0, "apply", signed("2"), "--param", "closed=7");
        assertThat(typed(0, "status", "--check"))
                .contains("\n  signature not checked: this host trusts no key\n")
                .doesNotContain("signed by");
        typed(0, "trust", "add", path("key.pub"), "--scope", "web");
        String key = keyId();
        assertThat(typed(0, "status", "--check")).contains("\n  checked: signed by key " + key + "\n");
        typed(0, "apply", signed("3"));
        assertThat(typed(0, "status"))
                .contains("\n  bundle: agents, version 3, ")
                .contains("\n  signed by key " + key);
        assertThat(typed(0, "status", "--json"))
                .contains("\"version\":\"3\"")
                .contains("\"key\":\"" + key + "\"")
                .doesNotContain("\"check\"");
        assertThat(typed(0, "status", "--check", "--json"))
                .contains("\"check\":{\"result\":\"same\",\"programs\":4,")
                .contains("\"findings\":[],\"unchecked\":[],\"signature\":{\"state\":\"valid\",\"key\":\"" + key);
        // Params in force need not be the defaults, and cannot leave the signed range.
        assertThat(typed(1, "apply", path("web-3.wallpack"), "--param", "closed=1024"))
                .contains("`1024` is outside the range of param `closed`");
        typed(0, "trust", "revoke", key);
        assertThat(typed(4, "status", "--check")).contains("\n  differs: its signature is not valid here: ");
        assertThat(typed(4, "status", "--check", "--json"))
                .contains("\"result\":\"differs\"")
                .contains("was revoked on");
        typed(0, "trust", "remove", key);
        typed(0, "trust", "add", path("key.pub"), "--scope", "mail");
        assertThat(typed(4, "status", "--check")).contains("no key that signed it is trusted for it");
    }

    @Test
    void versionsThatWaitAndMapsThatAreReplacedAreTheirObjects() throws IOException {
        RunningKernel.needs(5, 15, "timers of programs");
        typed(0, "apply", bundle("1"), "--cgroup", cgroup.path().toString());
        // The live set of the next version has room for more, so that its map is replaced.
        Files.writeString(folder.resolve("web.wall"), POLICY.replace("max 8", "max 16"));
        typed(0, "apply", bundle("2"), "--confirm", "1h");
        assertThat(typed(0, "status", "--check")).contains("\n  checked: 8 programs and ");
        typed(0, "confirm", "web", "--roll-back");
        assertThat(typed(0, "status", "--check")).contains("\n  checked: 4 programs and ");
        typed(0, "apply", path("web-2.wallpack"), "--monitor", "1h");
        assertThat(typed(4, "status", "--check"))
                .contains("monitored for another")
                .contains("\n  checked: 4 programs and ");
        typed(0, "enforce", "web");
        typed(0, "status", "--check");
    }

    @Test
    void unsignedPoliciesAreFoundOnceAKeyIsTrusted() throws IOException {
        String place = cgroup.path().toString();
        ringwallc(0, "compile", path("web.wall"), "-o", path("web.o"));
        typed(0, "apply", path("web.o"), "--cgroup", place);
        assertThat(typed(0, "status", "--check")).contains("\n  unsigned: it is not from a bundle\n");
        typed(0, "trust", "add", path("key.pub"));
        assertThat(typed(4, "status", "--check"))
                .contains(
                        "\n  differs: its signature is not valid here: it is not from a bundle, and this host trusts keys");
    }

    @Test
    void thePinsOfAnotherBundleAreFound() throws IOException {
        typed(0, "trust", "add", path("key.pub"));
        typed(0, "apply", signed("1"), "--cgroup", cgroup.path().toString());
        Files.writeString(folder.resolve("web.wall"), POLICY.replace("4000", "4001"));
        Path one = commands.pins().resolve("v1/web@main/g1");
        try (LoaderHost host = LoaderHost.ofThisMachine(forged)) {
            List<PolicyObject> objects =
                    org.ringwall.loader.object.PolicyFile.read(signed("2"), Trust.of(trustFiles(), false)).stream()
                            .map(org.ringwall.loader.object.ObjectChoice::any)
                            .toList();
            host.applier().apply(request(host, objects.get(0)));
            swap(one.resolve("object"), forged.resolve("v1/web@main/g1/object"));
            assertThat(typed(4, "status", "--check"))
                    .contains("the copy of the object of generation 1 is not the object that it records");
            swap(one.resolve("object"), forged.resolve("v1/web@main/g1/object"));
            typed(0, "status", "--check");
            swap(one.resolve("bundle"), forged.resolve("v1/web@main/g1/bundle"));
            assertThat(typed(4, "status", "--check"))
                    .contains("the stored manifest does not belong to the recorded bundle");
            swap(one.resolve("applied"), forged.resolve("v1/web@main/g1/applied"));
            swap(one.resolve("object"), forged.resolve("v1/web@main/g1/object"));
            assertThat(typed(4, "status", "--check"))
                    .as("the whole records of another signed version")
                    .contains(": the program in force differs from the object: tag ");
        }
    }

    private static void swap(Path one, Path two) throws IOException {
        Path away = one.resolveSibling("away");
        Files.move(one, away);
        Files.move(two, one);
        Files.move(away, two);
    }

    private ApplyRequest request(LoaderHost host, PolicyObject object) {
        return new ApplyRequest(object, "main", List.of(host.cgroups().at(other.path())), Map.of(), false);
    }

    /** Returns what is found of a changed object in force with the records of the signed one. */
    private List<String> found(byte[] changed) throws IOException {
        Path file = Files.write(folder.resolve("changed.o"), changed);
        try (LoaderHost host = LoaderHost.ofThisMachine(forged)) {
            try {
                PolicyObject object = ObjectFile.read(file.toString());
                if (!object.policy().equals("web")) {
                    return List.of("refused: it is another policy");
                }
                host.applier().apply(request(host, object));
            } catch (InputException | HostException | KernelRefusedException e) {
                return List.of("refused: " + e.getMessage());
            }
            Path signed = commands.pins().resolve("v1/web@main/g1");
            Path there = forged.resolve("v1/web@main/g1");
            for (String record : List.of("object", "applied", "bundle")) {
                Files.deleteIfExists(there.resolve(record));
                Files.createLink(there.resolve(record), signed.resolve(record));
            }
            Integrity found =
                    Integrity.of(host.trusting(trustFiles()).comparison().apply(InstanceName.parse("web@main")));
            host.remover().remove(InstanceName.parse("web@main"));
            List<String> all = new ArrayList<>(found.findings());
            all.addAll(found.unchecked());
            return all;
        }
    }

    private byte[] signedObject() throws IOException {
        typed(0, "trust", "add", path("key.pub"));
        typed(0, "apply", signed("1"), "--cgroup", cgroup.path().toString());
        ringwallc(0, "compile", path("web.wall"), "-o", path("web.o"));
        byte[] object = Files.readAllBytes(folder.resolve("web.o"));
        assertThat(found(object)).as("the signed object itself").isEmpty();
        return object;
    }

    private static int indexOf(byte[] file, byte[] part) {
        for (int at = 0; ; at++) {
            if (Arrays.equals(file, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
    }

    /** Returns the positions of bits of a section in its file, evenly spread. */
    private static List<Long> bits(ElfSection section, int count) {
        long all = section.size() * Byte.SIZE;
        List<Long> bits = new ArrayList<>();
        // An odd step reaches every field of a slot.
        long step = Math.max(1, all / count) | 1;
        for (long bit = 3; bit < all; bit += step) {
            bits.add(section.offset() * Byte.SIZE + bit);
        }
        return bits;
    }

    @Test
    void changedCodeIsRefusedOrFound() throws Exception {
        byte[] object = signedObject();
        List<ElfSection> code = ElfReader.read(object).sections().stream()
                .filter(section -> section.name().startsWith("cgroup/"))
                .toList();
        assertThat(code).hasSize(4);
        int refused = 0;
        int different = 0;
        List<String> missed = new ArrayList<>();
        for (ElfSection section : code) {
            for (long bit : bits(section, POSITIONS / code.size())) {
                byte[] changed = object.clone();
                changed[(int) (bit / Byte.SIZE)] ^= (byte) (1 << bit % Byte.SIZE);
                List<String> found = found(changed);
                if (found.isEmpty() && hasNoEffect(object, changed, section, bit)) {
                    continue;
                }
                if (found.isEmpty()) {
                    missed.add(section.name() + " bit " + (bit - section.offset() * Byte.SIZE));
                } else if (found.get(0).startsWith("refused")) {
                    refused++;
                } else {
                    different++;
                    assertThat(found)
                            .anyMatch(each -> each.startsWith(section.name().substring("cgroup/".length())));
                }
            }
        }
        assertThat(missed).isEmpty();
        assertThat(different).isPositive();
        assertThat(refused).isPositive();
    }

    /**
     * Returns whether a bit changes no loaded program: relocations replace what the second slot of
     * a load holds, and a load of another width or place in `.rodata` may give the same constant.
     */
    private static boolean hasNoEffect(byte[] object, byte[] changed, ElfSection section, long bit)
            throws ObjectFormatException {
        BpfObject signed = ObjectReader.read(object);
        long slot = (bit / Byte.SIZE - section.offset()) / Long.BYTES;
        return ObjectReader.read(changed).equals(signed)
                || signed.programs().stream()
                        .filter(program -> program.section().equals(section.name()))
                        .flatMap(program -> program.relocations().stream())
                        .anyMatch(each -> each.symbol().equals(".rodata") && each.slot() + 2 == slot);
    }

    @Test
    void aChangedByteOfEachTableIsFound() throws Exception {
        byte[] object = signedObject();
        BpfObject parsed = ObjectReader.read(object);
        Map<String, Integer> offsets = new TreeMap<>();
        int at = indexOf(
                object, parsed.section(".rodata").orElseThrow().content().toArray());
        for (DataVariable variable : parsed.section(".rodata").orElseThrow().variables()) {
            offsets.put(variable.name(), at + variable.offset());
        }
        assertThat(offsets.keySet()).anyMatch(name -> name.startsWith("intervals_"));
        offsets.forEach((name, offset) -> {
            byte[] changed = object.clone();
            changed[offset] ^= 1;
            try {
                List<String> found = found(changed);
                boolean chosen = name.equals("ringwall_generation") || name.equals("param_closed");
                assertThat(chosen || !found.isEmpty()).as("%s: %s", name, found).isTrue();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }
}
