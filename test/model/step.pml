/*
 * The step of one workflow instance: two bridges that both own its key, three messages, and whatever goes wrong.
 *
 * A start, whose effect sends a task; the reply to that task, which exists once the task is published; and a signal,
 * which may come before the start. Each effect sends one emit, and an emit says where in history its effect stands.
 * A bridge runs its function as part of itself: one that stands still between its load and its commit is a zombie.
 *
 * docs/model.md says which function of lib each label stands for, and what is left out. Numbers in require(...) are
 * those of the invariants. Each broken variant is switched on by a name that is defined.
 */

#ifndef FAULTS
#define FAULTS 2 /* crashes, lost answers, throttles and lost acknowledgements, together */
#endif
#define MAX_UNPROVEN 1 /* 32 in lib/core/model/outbox.ts */
#define FORGED 255 /* a version token that no commit ever made */

#define START 0
#define REPLY 1
#define SIGNAL 2

/* What a state item holds, and an instance in memory. */
typedef Instance {
  byte v; /* the version token; 0: there is no item */
  byte at[3]; /* where in history the effect of each message stands, from 1; 0: it is not there */
  bit isDoubled; /* an effect is there twice */
  bit isEarly; /* the signal waits for the start */
  bit isAdopted; /* the signal had waited, so that its effect stands in the entry of the start */
  byte cause[3]; /* the outbox by entry number: the message that caused the entry, plus 1; 0: no such entry */
  byte next /* the number of the next entry */
}

Instance item; /* the committed item */
byte token; /* the last version token */
bit isSent[3]; /* the broker has the message */
bit isAcked[3];
bit isPublished[3]; /* the emit of the message's effect has a receipt */
byte faults = FAULTS;
byte happened[3]; /* where in history the effect of each message was first committed; 0: nowhere yet */
byte broken;

#define require(invariant, condition) if :: (condition) :: else -> broken = invariant; assert(broken != invariant) fi
#define isIn(state, n, e) \
  (state.cause[n] == e + 1 || (e == SIGNAL && state.isAdopted && state.cause[n] == START + 1))
#define isOpen(state, e) (isIn(state, 0, e) || isIn(state, 1, e) || isIn(state, 2, e))
#define isOut(n, e) (!isIn(item, n, e) || isPublished[e])
#define isKept(n) \
  (item.cause[n] == 0 || now_.cause[n] == item.cause[n] || (isOut(n, START) && isOut(n, REPLY) && isOut(n, SIGNAL)))
#define isOnce(e) (happened[e] == 0 || now_.at[e] == happened[e])
#define isNotLost(e) (now_.at[e] == 0 || isPublished[e] || isOpen(now_, e))
#define causeOf(e) (e == SIGNAL && item.isAdopted -> START : e)
#define isAnswered(m, e) (happened[e] == 0 || causeOf(e) != m || isPublished[e])
#define isDone(m) (isAcked[m] && happened[m] != 0 && isPublished[m])
#define unproven ((now_.cause[0] != 0) + (now_.cause[1] != 0) + (now_.cause[2] != 0))
#define length ((now_.at[0] != 0) + (now_.at[1] != 0) + (now_.at[2] != 0))

inline copy(to, from) {
  to.v = from.v;
  to.at[0] = from.at[0]; to.at[1] = from.at[1]; to.at[2] = from.at[2];
  to.isDoubled = from.isDoubled; to.isEarly = from.isEarly; to.isAdopted = from.isAdopted;
  to.cause[0] = from.cause[0]; to.cause[1] = from.cause[1]; to.cause[2] = from.cause[2];
  to.next = from.next
}

inline clear(state) {
  state.v = 0;
  state.at[0] = 0; state.at[1] = 0; state.at[2] = 0;
  state.isDoubled = 0; state.isEarly = 0; state.isAdopted = 0;
  state.cause[0] = 0; state.cause[1] = 0; state.cause[2] = 0;
  state.next = 0
}

inline dropEntry(n, condition) {
  if
  :: now_.cause[n] != 0 && (condition) -> now_.cause[n] = 0
  :: else
  fi
}

/* Drops an entry that a flush had published. */
inline dropFlushed(n) {
  if
  :: now_.cause[n] != 0 && n < resume -> now_.cause[n] = 0; isDirty = 1
  :: else
  fi
}

#ifdef DEDUP_OFF
#define isNew(e) true
#else
#define isNew(e) (now_.at[e] == 0)
#endif

/* Puts the effect of a message at the end of history. */
inline happen(e) {
  if
  :: now_.at[e] != 0 -> now_.isDoubled = 1
  :: else -> now_.at[e] = length + 1
  fi;
  isDirty = 1
}

/* Notes in the outbox what a message made the instance send. */
inline record(e) {
#ifndef OUTBOX_DROPPED_ON_REPLY
  if
  :: now_.next < 3 -> now_.cause[now_.next] = e + 1; now_.next = now_.next + 1
  :: else
  fi
#else
  fresh = e + 1
#endif
}

/* Leaves nothing behind in variables that are not read any more: it would only make more states of one. */
inline forget() {
  clear(now_);
  message = 0; resume = 0; told = 0; said = 0;
  isConfirmed = 0; isDirty = 0; isFlush = 0; isCommitted = 0
}

/* Something may go wrong here. */
inline mayCrash() {
  if
  :: true
  :: atomic { faults > 0 -> faults = faults - 1; goto crash }
  fi
}

#define isSaid(n, e) \
  (isIn(now_, n, e) && (isFlush || now_.cause[n] == message + 1) && !(e == START && now_.at[REPLY] != 0))

/* Publishes one emit and awaits its receipt. */
inline publishOne(e) {
  atomic {
    require(3, happened[e] != 0 && now_.at[e] == happened[e]);
    isPublished[e] = 1;
    if
    :: e == START -> isSent[REPLY] = 1 /* whatever the service does, it answers in the end */
    :: else
    fi
  }
  mayCrash()
}

inline publishEntry(n) {
  if
  :: now_.cause[n] != 0 && (isFlush || now_.cause[n] == message + 1) ->
    if :: isSaid(n, START) -> publishOne(START) :: else fi;
    if :: isSaid(n, REPLY) -> publishOne(REPLY) :: else fi;
    if :: isSaid(n, SIGNAL) -> publishOne(SIGNAL) :: else fi;
    said = said | (1 << n)
  :: else
  fi
}

active [2] proctype Bridge() {
  Instance now_; /* the instance in the function's memory */
  Instance kept; /* the hint that the bridge remembers */
  bit hasKept, isConfirmed, isDirty, isFlush, isCommitted;
  byte message, resume; /* resume: the cursor of a flush that is published */
  byte known, told, said; /* outbox entries: known to be published, told so to the function, in its reply */
#ifdef OUTBOX_DROPPED_ON_REPLY
  byte fresh;
#endif

end_receive:
  atomic {
    if
    :: isSent[START] && !isAcked[START] -> message = START
    :: isSent[REPLY] && !isAcked[REPLY] -> message = REPLY
    :: isSent[SIGNAL] && !isAcked[SIGNAL] -> message = SIGNAL
    fi;
    resume = 0
  }

invoke:
  atomic {
    isConfirmed = 0; isFlush = 0; isCommitted = 0; said = 0;
    if
    :: told = known
    :: known != 0 && faults > 0 -> faults = faults - 1; told = 0 /* forgotten for want of room, or left out of the request */
    fi;
    if
    :: hasKept -> copy(now_, kept)
    :: message == START -> clear(now_)
    :: message != START -> goto load
    :: /* a hint that somebody made up: all has happened, nothing is to be published */
      clear(now_);
      now_.v = FORGED; now_.next = 3;
      now_.at[START] = 1; now_.at[REPLY] = 2; now_.at[SIGNAL] = 3
#ifdef HINT_WITHOUT_HASH
    :: item.v != 0 -> clear(now_); now_.v = item.v /* the token of the newest item, the state of none */
#endif
    fi
  };
  goto apply;

load:
  atomic { copy(now_, item); isConfirmed = 1 };

apply:
  atomic {
    isDirty = 0;
    dropEntry(0, told & 1); dropEntry(1, told & 2); dropEntry(2, told & 4);
    /* The reply proves an entry that sent its task and nothing else. */
    dropEntry(0, now_.cause[0] == START + 1 && !now_.isAdopted && now_.at[REPLY] != 0);
    dropEntry(1, now_.cause[1] == START + 1 && !now_.isAdopted && now_.at[REPLY] != 0);
    dropFlushed(0); dropFlushed(1); dropFlushed(2);
    if
    :: unproven > MAX_UNPROVEN -> isFlush = 1
    :: else ->
      isFlush = 0;
      if
      :: message == START && isNew(START) ->
        happen(START);
        if
        :: now_.isEarly -> happen(SIGNAL); now_.isEarly = 0; now_.isAdopted = 1
        :: else
        fi;
        record(START)
      :: message == REPLY && now_.at[START] != 0 && isNew(REPLY) -> happen(REPLY); record(REPLY)
      :: message == SIGNAL && now_.at[START] != 0 && isNew(SIGNAL) -> happen(SIGNAL); record(SIGNAL)
      :: message == SIGNAL && now_.at[START] == 0 && !now_.isEarly -> now_.isEarly = 1; isDirty = 1
      :: else
      fi
    fi;
    if
    :: isFlush && isConfirmed -> goto publish
#ifndef CONCLUSION_WITHOUT_READ
    :: !isConfirmed && (isFlush || !isDirty) -> goto load
    :: !isFlush && !isDirty && isConfirmed -> goto publish
#else
    :: isFlush && !isConfirmed -> goto load
    :: !isFlush && !isDirty -> goto publish
#endif
    :: !isFlush && isDirty
    fi
  };
#ifdef PUBLISH_BEFORE_COMMIT
  publishEntry(0); publishEntry(1); publishEntry(2);
#endif
  if
  :: true
  :: atomic { faults > 0 -> faults = faults - 1; goto died } /* throttled: nothing is written */
  :: atomic { faults > 0 -> faults = faults - 1; goto crash }
  fi;

commit:
  atomic {
    if
#ifndef COMMIT_WITHOUT_CONDITION
    :: item.v != now_.v -> copy(now_, item); isConfirmed = 1; goto apply
#endif
    :: else ->
      require(1, isOnce(START) && isOnce(REPLY) && isOnce(SIGNAL) && !now_.isDoubled);
      require(1, !item.isEarly || now_.isEarly || now_.at[SIGNAL] != 0);
      require(4, isKept(0) && isKept(1) && isKept(2));
#ifndef OUTBOX_DROPPED_ON_REPLY
      require(4, isNotLost(START) && isNotLost(REPLY) && isNotLost(SIGNAL));
#endif
      token = token + 1;
      now_.v = token;
      copy(item, now_);
      happened[START] = now_.at[START]; happened[REPLY] = now_.at[REPLY]; happened[SIGNAL] = now_.at[SIGNAL];
      isCommitted = 1
    fi
  };
  if
  :: true
  :: atomic { faults > 0 -> faults = faults - 1; goto died } /* the answer is lost, or the function dies after its commit */
  :: atomic { faults > 0 -> faults = faults - 1; goto crash }
  fi;

#ifdef ACK_BEFORE_RECEIPT
  goto ack;
#endif

publish:
#ifdef EMITS_NOT_SAID_AGAIN
  if
  :: !isCommitted && !isFlush -> goto settle
  :: else
  fi;
#endif
#ifdef OUTBOX_DROPPED_ON_REPLY
  if
  :: fresh == 0 || !isCommitted
  :: fresh == START + 1 && isCommitted ->
    publishOne(START);
    if :: now_.isAdopted -> publishOne(SIGNAL) :: else fi
  :: fresh == REPLY + 1 && isCommitted -> publishOne(REPLY)
  :: fresh == SIGNAL + 1 && isCommitted -> publishOne(SIGNAL)
  fi;
  fresh = 0;
#endif
  publishEntry(0); publishEntry(1); publishEntry(2);

settle:
  atomic {
    known = (known & ~told) | said;
    if
    :: isCommitted -> copy(kept, now_); hasKept = 1
    :: else -> clear(kept); hasKept = 0
    fi;
    if
    :: isFlush -> resume = now_.next; goto invoke
    :: else -> clear(now_); told = 0; said = 0
    fi
  };
  mayCrash();

ack:
  atomic {
    require(5, isAnswered(message, START) && isAnswered(message, REPLY) && isAnswered(message, SIGNAL));
    require(5, happened[message] != 0 || (message == SIGNAL && item.isEarly));
    isAcked[message] = 1;
    forget();
    goto end_receive
  };

died: /* the bridge lives, and tries the message again */
  atomic { clear(kept); hasKept = 0; clear(now_); told = 0; said = 0; goto invoke };

crash: /* all that the bridge knew is gone; its messages are delivered again */
  atomic { clear(kept); hasKept = 0; known = 0; forget(); goto end_receive }
}

/* The client sends a start and a signal; the broker may lose acknowledgements, as when it is restarted. */
active proctype Broker() {
  atomic { isSent[START] = 1; isSent[SIGNAL] = 1 };
end_redeliver:
  do
  :: atomic { faults > 0 && isAcked[START] -> faults = faults - 1; isAcked[START] = 0 }
  :: atomic { faults > 0 && isAcked[REPLY] -> faults = faults - 1; isAcked[REPLY] = 0 }
  :: atomic { faults > 0 && isAcked[SIGNAL] -> faults = faults - 1; isAcked[SIGNAL] = 0 }
  od
}

/* When nothing can happen any more, everything has. */
active proctype Ending() {
  timeout;
  require(1, isDone(START) && isDone(REPLY) && isDone(SIGNAL))
}
