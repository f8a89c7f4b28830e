// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.value.U128;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.CompiledPolicies;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.SocketCall;
import org.ringwall.testkit.HangGuard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Step;

/**
 * A test of a policy whose table does not fit in one section, applied by the loader: real calls at
 * and beside the ends of prefixes.
 */
@KernelTest
class SplitSectionsKernelTest {
    /** The number of prefixes; fewer where all cases take too long, as on an emulated CPU. */
    private static final int PREFIXES = Step.SIZE == 1 ? PrefixList.MILLION : PrefixList.FEWER;

    private static final int PLACES = 60;
    private static final int UDP = 17;

    @Test
    @HangGuard
    void exactlyThePrefixesInSplitSectionsAreDenied() {
        Random random = new Random(PREFIXES);
        long[] prefixes = PrefixList.ofTables(PREFIXES);
        BitSet members = new BitSet(1 << 24);
        for (long prefix : prefixes) {
            members.set((int) (PrefixList.base(prefix) >>> 8));
        }
        BpfObject object = CompiledPolicies.read(PrefixList.elf(prefixes));
        assertThat(object.data()).extracting(DataSection::name).contains(".rodata", ".rodata.1");
        int denied = 0;
        int calls = 0;
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess process = ProbeProcess.in(cgroup.path());
                Enforced enforced = Enforced.on(cgroup, object, Map.of())) {
            assertThat(enforced.programs()).isNotEmpty();
            for (int i = 0; i < PLACES; i++) {
                long prefix = prefixes[random.nextInt(prefixes.length)];
                for (long end : new long[] {PrefixList.base(prefix), PrefixList.last(prefix)}) {
                    for (long address = end - 1; address <= end + 1; address++) {
                        boolean member = members.get((int) (address >>> 8 & 0xff_ffff));
                        assertThat(connect(process, address & 0xffff_ffffL) == Errno.EPERM.number())
                                .as("0x%08x", address)
                                .isEqualTo(member);
                        denied += member ? 1 : 0;
                        calls++;
                    }
                }
            }
        }
        assertThat(denied).isBetween(4 * PLACES, calls - 1);
    }

    /** Returns the errno of connecting a datagram socket, which sends nothing. */
    private static int connect(ProbeProcess process, long address) {
        RawAddress to = new RawAddress(true, U128.of(address));
        return process.socket(new Actor(0, 0), new SocketCall(SocketCall.Operation.CONNECT, 2, 2, UDP, to, 9))
                .errno();
    }
}
