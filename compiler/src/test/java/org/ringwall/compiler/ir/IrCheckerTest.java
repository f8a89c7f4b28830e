// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** A violation of each invariant of the checker. */
class IrCheckerTest {
    private static void refuses(String body, String message) {
        assertThatThrownBy(() -> IrChecker.check("test", RoutineText.read("connect4", body)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("after test, connect4: ")
                .hasMessageContaining(message);
    }

    @Test
    void acceptsAValidRoutine() {
        Routine routine = RoutineText.read("connect4", """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 > 0x50 then b2 else b1
                b1:
                  return allow
                b2:
                  return deny EACCES
                """);
        assertThatCode(() -> IrChecker.check("test", routine)).doesNotThrowAnyException();
        assertThatCode(() -> IrChecker.checkFinal(routine)).doesNotThrowAnyException();
    }

    @Test
    void refusesJumpBackwards() {
        refuses("""
                b0:
                  v0 = uid_gid
                  if64 v0 == 0x0 then b2 else b1
                b1:
                  if64 v0 == 0x1 then b0 else b2
                b2:
                  return allow
                """, "b1 goes to b0, which does not come later");
    }

    @Test
    void refusesJumpToUndefinedBlock() {
        refuses("""
                b0:
                  v0 = uid_gid
                  if64 v0 == 0x0 then b2 else b7
                b2:
                  return allow
                """, "b0 goes to b7, which does not come later");
    }

    @Test
    void refusesUnreachableBlock() {
        refuses("""
                b0:
                  return allow
                b1:
                  return deny
                """, "b1 is never reached");
    }

    @Test
    void refusesDuplicateBlock() {
        refuses("""
                b0:
                  return allow
                b0:
                  return deny
                """, "b0 is there twice");
    }

    @Test
    void refusesValueThatIsUndefinedOnOnePath() {
        refuses("""
                b0:
                  v0 = uid_gid
                  if64 v0 == 0x0 then b1 else b2
                b1:
                  v1 = u32 ctx.type
                  if64 v1 == 0x1 then b2 else b3
                b2:
                  if64 v1 == 0x2 then b3 else b4
                b3:
                  return allow
                b4:
                  return deny
                """, "b2 uses v1 where it may not have been made");
    }

    @Test
    void refusesValueDefinedTwice() {
        refuses("""
                b0:
                  v0 = uid_gid
                  v0 = u32 ctx.type
                  return allow
                """, "v0 is made twice");
    }

    @Test
    void refusesSwitchThatDoesNotCoverItsValue() {
        refuses("""
                b0:
                  v0 = be16 u32 ctx.user_port
                  switch v0 ..0x50 b1, ..0x1bb b2
                b1:
                  return allow
                b2:
                  return deny
                """, "b0 does not cover v0");
    }

    @Test
    void refusesContextThatTheHookMustNotRead() {
        refuses("""
                b0:
                  v0 = be64 u64 ctx.user_ip6
                  return allow
                """, "must not read DW at 8");
    }

    @Test
    void refusesNameOutsideSysctl() {
        refuses("""
                b0:
                  v0 = string sysctl_name 16 cleared 16
                  return allow
                """, "no sysctl_name at connect4");
    }

    @Test
    void refusesReadOutsideTheBuffer() {
        Routine routine = RoutineText.read("sysctl", """
                b0:
                  v0 = string sysctl_name 16 cleared 16
                  v1 = be64 u64 string-24
                  return allow
                """);
        assertThatThrownBy(() -> IrChecker.check("test", routine))
                .hasMessageContaining("reads -24 of a string of 16 bytes");
    }

    @Test
    void refusesUidAtHookWithoutTask() {
        Routine routine = RoutineText.read("sock_ops", """
                b0:
                  v0 = uid_gid
                  return allow
                """);
        assertThatThrownBy(() -> IrChecker.check("test", routine))
                .hasMessageContaining("no uid_gid is the calling task's");
    }

    @Test
    void refusesDenialAtHookThatCannotDeny() {
        Routine routine = RoutineText.read("recvmsg4", """
                b0:
                  return deny
                """);
        assertThatThrownBy(() -> IrChecker.check("test", routine)).hasMessageContaining("nothing can be denied");
    }

    @Test
    void refusesNarrowComparisonOfWideValue() {
        refuses("""
                b0:
                  v0 = uid_gid
                  if32 v0 == 0x0 then b1 else b2
                b1:
                  return allow
                b2:
                  return deny
                """, "b0 compares 32 bits of a wider value");
    }

    @Test
    void finalFormHasNoSwitchAndNoImmediateThatIsTooWide() {
        Routine switches = RoutineText.read("connect4", """
                b0:
                  v0 = u32 ctx.type
                  switch v0 ..0x1 b1, ..0xffffffff b2
                b1:
                  return allow
                b2:
                  return deny
                """);
        Routine wide = RoutineText.read("connect4", """
                b0:
                  v0 = u32 ctx.type
                  if64 v0 == 0x80000000 then b1 else b2
                b1:
                  return allow
                b2:
                  return deny
                """);
        assertThatThrownBy(() -> IrChecker.checkFinal(switches)).hasMessageContaining("b0 still switches");
        assertThatThrownBy(() -> IrChecker.checkFinal(wide)).hasMessageContaining("which no jump holds");
    }
}
