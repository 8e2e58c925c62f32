"""A fragment that runs again before the browser has heard of the last run takes no message away."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from ui.streamlit_patches.message_queue import keep_runs_whole

OUTER, INNER = "outer", "inner"


@pytest.fixture(autouse=True)
def _whole():
    keep_runs_whole()


def element(path, said, fragment=""):
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.fragment_id = fragment
    message.delta.new_element.markdown.body = said
    return message


def block(path, fragment=""):
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.fragment_id = fragment
    message.delta.add_block.vertical.border = False
    return message


def reference(path):
    message = ForwardMsg(ref_hash="of a large picture")
    message.metadata.delta_path.extend(path)
    return message


def finished():
    return ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)


def page_run():
    """A page with a fragment that has a referred image and another fragment inside."""
    return [
        element([0, 0], "title"),
        block([0, 1], OUTER),
        element([0, 1, 0], "seven", OUTER),
        reference([0, 1, 1]),
        block([0, 1, 2], INNER),
        element([0, 1, 2, 0], "inside", INNER),
        element([0, 2], "end"),
        finished(),
    ]


def queue_of(messages):
    queue = ForwardMsgQueue()
    for message in messages:
        queue.enqueue(message)
    return queue


def test_no_page_message_is_lost_when_a_fragment_restarts():
    queue = queue_of(page_run())
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[OUTER])
    assert queue.flush() == page_run()


def test_a_new_run_is_queued_after_the_old_one():
    queue = queue_of(page_run())
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[OUTER])
    queue.enqueue(element([0, 1, 0], "eight", OUTER))
    assert queue.flush() == [*page_run(), element([0, 1, 0], "eight", OUTER)]


def test_a_full_rerun_keeps_only_necessary_messages():
    queue = queue_of(page_run())
    queue.clear(retain_lifecycle_msgs=True)
    assert queue.flush() == [ForwardMsg(script_finished=ForwardMsg.FINISHED_EARLY_FOR_RERUN)]


def test_without_the_patch_streamlit_still_drops_a_reference():
    """When this fails, Streamlit has mended it and ui/streamlit_patches/message_queue.py can go."""
    queue = queue_of(page_run())
    ForwardMsgQueue.clear.__wrapped__(queue, True, [OUTER])
    paths = [list(message.metadata.delta_path) for message in queue.flush()]
    assert [0, 1] not in paths
    assert [0, 1, 1] in paths
