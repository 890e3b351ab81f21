"""Vietnamese words of answers, as people write them. `=` before a phrase: it counts with its accents only.

Phrases with "không" hold in all its spellings. Whoever adds a word: a word that leaves doubt ("chắc", "hơi", "hôm qua") must stay unknown.
"""

from __future__ import annotations

from rollcall.inbound.language.kinds import Kind

NOT = (
    "không, ko, kg, khg, k, kh, hok, hk, hông, hong, hem, hổng, hỏng, hôk, kô, kông, khôg, khog, khong, khum, hăm, hông, "
    "hôn, kím, kên, khonh, khôngg, hẻm, hem"
)
_LONGER_NOT = (
    "chưa, =chẳng, chẳng, chả, đừng, không phải, không hề, không có, chưa hề, chưa từng, chẳng phải, đâu có, =đâu phải, "
    "có đâu, =nào có, chưa bị, không bị, không ai bị, không ai"
)
KIN = (
    "anh, chị, em, con, cháu, chau, cô, chú, bác, ông, bà, dì, cậu, mợ, thím, mẹ, má, bố, ba, cha, tía, bé, cụ, dượng, vợ, "
    "chồng, nội, ngoại, ông bà, bố mẹ, ba mẹ, cha mẹ, ba má, con gái, con trai, em gái, em trai, anh trai, chị gái, mẹ già, "
    "các con, các cháu"
)
# Those whom nobody calls themselves.
OTHERS = (
    "anh ấy, chị ấy, cô ấy, ông ấy, bà ấy, bác ấy, chú ấy, em ấy, cậu ấy, bạn ấy, cháu nó, thằng bé, con bé, người ta, ảnh, "
    "ổng, bả, cổ, họ, nó, vợ, chồng, con gái, con trai, em gái, em trai, anh trai, chị gái, các con, các cháu, bé, cụ"
)
OWNERS = "tôi, em, mình, con, cháu, tui, tớ, anh, chị, nó, họ"

WORDS: dict[tuple[Kind, str], str] = {
    (Kind.YES, ""): (
        "có, có mặt, =đúng, =đúng rồi, =đúng vậy, vâng, dạ, vang, uk, uh, uhm, ukm, ừ, ừm, ừa, um, xác nhận, dạ vâng, dạ có, "
        "da vang, =có đây, đầy đủ"
    ),
    (Kind.WELL, ""): (
        "khỏe nghe, bình an vô sự, yên ổn, an toàn, không có gì khác thường, không có gì mới, không có gì thay đổi, "
        "không thay đổi gì, khỏe, khoẻ, khẻo, khoee, khoer, phẻ, phẻ re, khỏe mạnh, mạnh khỏe, khỏe khoắn, khỏe re, khỏe ru, "
        "khỏe như trâu, khỏe như voi, mạnh, mạnh giỏi, khỏe mạnh bình thường, bình thường, b thường, bthường, bt, bth, bthg, "
        "bthuong, bình thg, bình thườg, binh thuog, bình thương, =ổn, ổn định, ổn áp, ổn thỏa, toi on, em on, e on, con on, "
        "minh on, tui on, chau on, van on, deu on, on ca, on a, on roi, on het, on nha, on nhe, rat on, on lam, ca nha on, "
        "moi nguoi on, ok on, da on, suc khoe on, cung on, tốt, tốt đẹp, tot, bình an, khỏe hẳn hoi, khỏe đều, không sao, "
        "không sao đâu, không sao cả, không sao hết, không bị sao, không làm sao, không bị gì, không bị làm sao, "
        "không có gì lạ, không gì lạ, không có gì bất thường, không có gì đặc biệt, không bất thường, không có vấn đề gì, "
        "không vấn đề gì, không có vấn đề, không vấn đề, không có triệu chứng gì, không triệu chứng gì, "
        "không có triệu chứng, không có triệu chứng gì bất thường, không có biểu hiện gì bất thường, "
        "không có dấu hiệu bất thường, không có dấu hiệu gì bất thường, không có triệu chứng bất thường, "
        "không có biểu hiện bất thường, không triệu chứng bất thường, không thấy bất thường, không triệu chứng, "
        "không có biểu hiện gì, không biểu hiện gì, không có dấu hiệu gì, không dấu hiệu gì, không có dấu hiệu bệnh, "
        "không có biểu hiện bệnh, không có biểu hiện, không có dấu hiệu, không thấy gì bất thường, chưa có triệu chứng, "
        "chưa có triệu chứng gì, chưa có biểu hiện gì, chưa có biểu hiện, chưa có dấu hiệu gì, không có triệu chứng nào, "
        "không triệu chứng nào, không có gì, vẫn như thường, oki, okela, okla, oke la"
    ),
    (Kind.ILL, ""): (
        "ốm, bệnh, bịnh, mệt, mệt mỏi, mệt lả, yếu, yếu lắm, đuối, đuối sức, kiệt sức, đau, đâu đầu, nhức, nhức mỏi, "
        "nhức người, ê ẩm, ê mình, nôn, ói, ọe, nôn mửa, ói mửa, mửa, buồn nôn, tiêu chảy, đi ngoài, ỉa chảy, đi chảy, cúm, "
        "bị cảm, cảm cúm, cảm lạnh, cảm rồi, sổ mũi, chảy mũi, nghẹt mũi, ngạt mũi, tịt mũi, hắt hơi, hắt xì, nhảy mũi, "
        "ớn lạnh, rét run, run cầm cập, lạnh run, chóng mặt, hoa mắt, xây xẩm, choáng, choáng váng, nhức đầu, đau đầu, "
        "nhức đầu, nặng đầu, ngất, ngất xỉu, xỉu, té xỉu, ngã, bị ngã, té, nặng hơn, trở nặng, chuyển nặng, triệu chứng, "
        "khó ở, không khỏe, không ổn, không on, chua on, chưa ổn, khong on, không được ổn, không được khỏe, xấu đi, tệ, "
        "tệ hơn, tệ quá, kém, uể oải, bải hoải, lừ đừ, li bì, rã rời, ăn không được, không ăn được, không ăn uống được, "
        "bỏ ăn, chán ăn, mất ngủ, không ngủ được, ngủ không được, chảy máu, ra máu, ho ra máu, nôn ra máu, chảy máu cam, "
        "ra huyết, xuất huyết, băng huyết, cầm máu, co giật, động kinh, bất tỉnh, hôn mê, ngừng thở, ngưng thở, "
        "không dậy được, không đi được, không đứng được, không đứng dậy được, liệt, bại liệt, méo miệng, méo mồm, đau bụng, "
        "đau lưng, đau mắt, tím môi, tím tái, môi tím, vỡ ối, sắp đẻ, sắp sinh, chuyển dạ, đau đẻ, dọa sảy, sảy thai, "
        "phát ban, nổi mẩn, dị ứng, trầm cảm, tụt huyết áp, huyết áp cao, tụt đường, bầm, gãy, bị gãy, bỏng, đứt tay, "
        "bị thương, người nóng, nóng người, nóng sốt, bị nóng, hâm hấp, sưng, co thắt, hen suyễn, lên cơn hen, lên cơn, "
        "đau nhức, khó chịu trong người, mất nước, phù, tụt oxy, oxy tụt, spo2 tụt, hóc, =nghẹn"
    ),
    (Kind.ILL, "danger"): (
        "dương tính, =dương rồi, nguy kịch, nguy hiểm, nguy cấp, hấp hối, tự tử, tự sát, tự vẫn, muốn chết, không muốn sống, "
        "không thiết sống, chán sống, sống làm gì, chết quách, chết đi cho xong, sắp chết, chết mất, đột quỵ, tai biến, "
        "nhồi máu, cháy nhà, nhà cháy, hai vạch, đuối nước, điện giật, đánh tôi, đánh em, bị đánh, bạo hành, hiếp, "
        "cưỡng hiếp, đe dọa, đòi giết, dọa giết, ngộ độc, hoảng loạn, phát điên, không tỉnh, gọi không dậy, gọi không tỉnh, "
        "gọi không thưa, không phản ứng"
    ),
    (Kind.ILL, "fever"): "sốt, phát sốt, lên cơn sốt, bị sốt",
    (Kind.ILL, "cough"): "ho, bị ho, ho khan, ho đờm, ho có đờm",
    (Kind.ILL, "breathless"): (
        "khó thở, khó thỡ, không thở, không thở được, không thở nổi, thở không được, thở không nổi, thở không ra, hụt hơi, "
        "thở dốc, thở gấp, thở khó, nghẹt thở, ngộp thở, ngạt thở, thở hổn hển, thở mệt, thở nặng, khó thỏ, không thể thở, "
        "thở khò khè, khò khè, tức thở"
    ),
    (Kind.ILL, "chest_pain"): (
        "đau ngực, tức ngực, đau tức ngực, nặng ngực, thắt ngực, đau thắt ngực, nhói ngực, đau nhói ngực, ép ngực, đè ngực, "
        "tưc ngực, nhói tim, đau tim"
    ),
    (Kind.ILL, "confusion"): (
        "lơ mơ, mơ màng, lú lẫn, lẫn lộn, nói nhảm, nói sảng, mê sảng, mê man, không tỉnh táo, không nói được, nói không rõ, "
        "nói ngọng, nói lắp bắp, không biết gì nữa, không nhận ra, không nhận ra ai, không nhận ra người nhà, mất ý thức, "
        "không biết đang ở đâu, ngơ ngác"
    ),
    (Kind.ILL, "sore_throat"): (
        "đau họng, rát họng, viêm họng, đau rát họng, ngứa họng, khô họng, khan tiếng, khàn tiếng, mất tiếng, đau cổ họng, "
        "rát cổ"
    ),
    (Kind.ILL, "no_taste"): (
        "mất vị, mất mùi, mất vị giác, mất khứu giác, không ngửi, không ngửi thấy, không ngửi được, không còn mùi, "
        "không còn vị, mất mùi vị, không nghe mùi, không nếm được, ăn không thấy vị, không thấy mùi, không có vị giác"
    ),
    (Kind.WISH, "help"): (
        "giúp, giúp đỡ, giúp với, giúp tôi, trợ giúp, cứu, cứu với, cấp cứu, cấp cứu với, khẩn cấp, sos, cần người, gọi cho, "
        "gọi lại cho, gọi lại, gọi bác sĩ, gọi 115, cần bác sĩ, cần y tế, cần gặp bác sĩ, cần gặp, cần đi viện, đi viện, "
        "đi bệnh viện, nhập viện, nhờ, đổi phòng, chuyển phòng, muốn về, cho về, "
        "cần hỗ trợ, hỗ trợ, xin hỗ trợ, mất điện, mất nước sinh hoạt, cúp điện, cúp nước, "
        "không có điện, không có mạng, không có ai, không ai, xe cứu thương"
    ),
    (Kind.WISH, "money"): "hết tiền, không có tiền, không còn tiền, cần tiền, thiếu tiền, xin tiền, tiền trợ cấp",
    (Kind.WISH, "medicine"): (
        "cần thuốc, hết thuốc, thiếu thuốc, xin thuốc, mua thuốc, không có thuốc, không còn thuốc, chưa có thuốc"
    ),
    (Kind.WISH, "food"): (
        "đói, đói bụng, khát, khát nước, cần đồ ăn, hết gạo, hết đồ ăn, thiếu đồ ăn, cần nước, hết nước, không có gì ăn, "
        "không có cơm, không có nước, chưa có cơm, chưa được ăn, chưa phát cơm, không còn gì ăn, không có gì để ăn, "
        "chưa ăn gì"
    ),
    (Kind.NEED, ""): (
        "cần, xin, thiếu, muốn, muốn có, mua, gửi giúp, mua giùm, mua dùm, mua hộ, cho xin, chưa được phát, xin thêm, "
        "cho thêm, cho tôi, cho em, đem, mang, phát, tiếp tế, nhờ mua, nhờ gửi"
    ),
    (Kind.SUPPLY, "food"): (
        "cơm, gạo, đồ ăn, thức ăn, thực phẩm, nước, nước uống, nước nóng, sữa, cháo, mì, mì tôm, rau, thịt, trứng, bánh, "
        "bánh mì, suất ăn, bữa ăn, đồ chay, trái cây, mắm, mì gói"
    ),
    (Kind.SUPPLY, "medicine"): (
        "thuốc, insulin, thuốc ho, thuốc hạ sốt, thuốc huyết áp, thuốc tiểu đường, paracetamol, panadol, oxy, máy đo"
    ),
    (Kind.SUPPLY, "money"): "tiền, trợ cấp",
    (Kind.SUPPLY, "help"): (
        "bỉm, tã, khẩu trang, chăn, mền, gối, quần áo, xà phòng, băng vệ sinh, wifi, mạng, pass wifi, sạc, "
        "thẻ điện thoại, thẻ cào, người giúp, phiên dịch, giấy, nước rửa tay, quạt, que test, đồ dùng, nhu yếu phẩm, "
        "giấy xác nhận"
    ),
    (Kind.NOT, ""): f"{NOT}, {_LONGER_NOT}",
    (Kind.OVER, ""): "hết, khỏi",
    (Kind.OR, ""): "hay, hoặc, hay là, hoặc là",
    (Kind.BUT, ""): "nhưng, nhưng mà, mà, =chỉ, song, tuy, =còn, ngoại trừ, trừ",
    (Kind.DEGREE, ""): (
        "vô cùng, lắm, rất, quá, nhiều, cực, cực kỳ, siêu, khá, hoàn toàn, thật, thật sự, mấy, lắm luôn, tuyệt đối, hẳn, "
        "quá trời, dữ, trăm phần trăm"
    ),
    (Kind.ANYTHING, ""): (
        "bị, hề, phải, thể, cảm giác, hiện tượng, biểu hiện, dấu hiệu, =cơn, ai, ai bị, một, chút, bị gì, gặp, bệnh gì, "
        "được, người nào, gì, chi, đâu, nào, tí nào, chút nào, gì hết, gì cả, gì đâu, cả đâu"
    ),
    (Kind.SELF, ""): (
        "m, t, hai bác, hai cô chú, tôi, toi, tui, iem, mình, mik, mk, tớ, em, e, con, cháu, tao, bản thân, bản thân tôi, "
        "cá nhân tôi, người cách ly, trong người"
    ),
    (Kind.EVERYBODY, ""): (
        "cả nhà, cả gia đình, gia đình, cả nhà em, cả nhà tôi, cả phòng, cả hai, cả ba, cả bốn, cả, mọi người, mn, mng, "
        "mngười, tất cả, chúng tôi, chúng em, chúng con, chúng cháu, bọn em, bọn mình, bọn tôi, tụi em, tụi mình, tụi tui, "
        "tụi con, đều, nhà em, nhà tôi, nhà mình, nhà con, nhà cháu, nhà tui, hai vợ chồng, vợ chồng, hai mẹ con, mẹ con, "
        "bố con, ba con, hai bố con, hai anh em, hai chị em, chị em tôi, anh em tôi, hai đứa, toàn bộ, ai cũng, "
        "mọi thành viên, các thành viên, phòng em, phòng tôi, cả đoàn, cả nhóm, hai bà cháu, hai ông bà, bà cháu, ông cháu, "
        "hai người, ai nấy"
    ),
    (Kind.UNKNOWN, ""): (
        "bao giờ, bao lâu, chừng nào, khi nào, lúc nào, mấy giờ, có nhà, có đoàn, có phòng, có mạch, có y tế, có bác sĩ, có cán bộ, có tổ, có đội, có vợ, có chồng, có bé, có mẹ, "
        "có bố, có bà, có ông, có số, có tên, có khu, có nhân viên, có quản lý, có báo, có thông báo, có người, có thấy, "
        "nhớ nhà, thấy có, =đúng số, đúng số rồi, =đúng tên, =đúng người, hôm qua, hôm kia, hôm trước, hôm nọ, tối qua, "
        "đêm qua, chiều qua, sáng qua, trưa qua, ngày qua, tuần qua, vừa qua, hồi qua, mấy hôm, mấy ngày, mình tôi, mình em, "
        "một mình tôi, mỗi tôi, riêng tôi, có thể, có lẽ, có khi, có vẻ, có chắc, có điều, cũng được, tạm được, khỏe gì, "
        "ổn gì, tốt gì, được cái, có phải, không chừng, không chắc, không biết, không nghĩ, không tin, không chỉ, "
        "không những, không hẳn, không phải không, tốt nhất, tốt hơn, khỏe hơn, đỡ hơn, mạnh hơn, mạnh tay, cho khỏe"
    ),
    (Kind.FILLER, ""): (
        "gửi bác sĩ, gửi y tế, gửi cán bộ, gửi anh chị, cảm ơn đã hỏi, cảm ơn đã quan tâm, cảm ơn đã hỏi thăm, "
        "cám ơn đã hỏi, cám ơn đã quan tâm, hén, rứa, skhoe, v, h, tầng, ạ, a, ah, á, nhé, nha, nhe, nhen, nghen, hen, nè, "
        "nè ạ, đây, đó, ấy, hà, luôn, đấy, thôi, thoi, rồi, r, rùi, roài, ơi, dạ thưa, thưa, kính thưa, kính chào, xin chào, "
        "xin báo, xin báo cáo, xin trả lời, xin thông báo, chào, alo, a lô, hi, hello, chào buổi sáng, chào buổi chiều, "
        "chào buổi tối, chào bác sĩ, vui lòng, làm ơn, xin phép, cảm ơn, cám ơn, cảm ơn nhiều, cám ơn nhiều, thanks, tks, "
        "thank, ths, thankiu, xin cảm ơn, xin cám ơn, trân trọng, bác sĩ, bs, y tế, cán bộ, cán bộ y tế, nhân viên, "
        "nhân viên y tế, trạm y tế, bên y tế, tổ, đội, quý vị, các, anh chị, các anh chị, cô chú, các bác, các bạn, đoàn, "
        "phường, xã, ban quản lý, quản lý, báo, báo cáo, bc, báo tin, thông báo, trả lời, tl, điểm danh, điểm danh ạ, "
        "khai báo, khai, cập nhật, em báo, là, rằng, của, và, với, cùng, cùng với, cũng, vẫn, vẫn còn, vẫn đang, đang, hiện, "
        "hiện tại, hiện giờ, bây giờ, bh, giờ, giờ này, lúc này, hôm nay, hnay, hn, h nay, ngày hôm nay, bữa nay, bữa ni, "
        "bữa, nay, sáng nay, trưa nay, chiều nay, tối nay, đêm nay, sáng, chiều, tối, hằng ngày, hàng ngày, mỗi ngày, "
        "đến giờ, tới giờ, đến nay, tới nay, từ sáng tới giờ, như mọi ngày, như mọi khi, như mọi hôm, như thường, "
        "như thường lệ, như bình thường, như cũ, ở, tại, trong, nhà, ở nhà, phòng, trong phòng, ở trong phòng, tại phòng, "
        "tại nhà, khu, khu cách ly, nơi cách ly, chỗ cách ly, cách ly, tên, tên là, họ tên, họ và tên, sức khỏe, sk, "
        "tình hình, tình trạng, thân nhiệt, nhiệt độ, nđ, đo nhiệt độ, đo được, cơ thể, người, thể trạng, tinh thần, "
        "ăn uống, ăn ngủ, ăn uống ngủ nghỉ, ngủ nghỉ, mọi thứ, mọi việc, mọi chuyện, mọi sự, kính gửi, ăn được ngủ được, "
        "ăn được, ngủ được, ăn ngủ được, sinh hoạt, nhịp thở, hô hấp, huyết áp, mạch, thấy, cảm thấy, trạng thái, ờ, hí, "
        "hihi, hehe, hì, hì hì, số, phím, bấm, chọn, nhắn số, stt, mã, mã số, độ, đừng lo, đừng lo lắng, yên tâm, "
        "cứ yên tâm, không phải lo, không cần gì, không cần gì thêm, không cần hỗ trợ, không cần giúp, không cần giúp đỡ, "
        "không cần giúp gì, không thiếu gì, không thiếu thứ gì, không cần thêm gì, đã nhận tin, đã nhận được tin, "
        "đã nhận được tin nhắn, nhận được tin, nhận được tin nhắn, đã nhận, đã nhận được, nhận được, hết trơn, hết trọi, "
        "trơn, hết cả, hết luôn, hết á, hết đó, không có nhu cầu gì, nhá, vậy, như vậy, thế, ngày, hôm, nhiệt, tức là, "
        "và cũng, lại cũng, tem, hem có gì"
    ),
}
